//! Authority: makes the certificates of a private link on the operator's own machine. The authority's key is used once and
//! kept nowhere: another certificate takes another authority, and both sides get the new one.

#[cfg(feature = "tls")]
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};

/// A side's certificate and key, as PEM.
#[derive(Clone)]
pub struct Side {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
}

impl core::fmt::Debug for Side {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Side(secret)")
    }
}

/// Everything a link needs.
#[derive(Debug, Clone)]
pub struct Link {
    /// The authority's certificate, as PEM: both sides have it.
    pub authority: String,
    /// The server's side.
    pub server: Side,
    /// One for each gateway, in the order of their names.
    pub gateways: Vec<Side>,
}

/// The certificates could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the link's certificates could not be made: {0}")]
pub struct NotMade(String);

/// Makes a link: `hosts` are the names and addresses under which gateways reach the server, `gateways` what their
/// certificates are called, `years` from `year` how long they are good.
#[cfg(feature = "tls")]
pub fn link(hosts: &[&str], gateways: &[&str], year: i32, years: i32) -> Result<Link, NotMade> {
    let no = |why: rcgen::Error| NotMade(why.to_string());
    let until = year.saturating_add(years);
    let dated = |mut params: CertificateParams, name: &str| {
        params.not_before = rcgen::date_time_ymd(year.saturating_sub(1), 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let own = KeyPair::generate().map_err(no)?;
    let mut params = dated(CertificateParams::default(), "Link authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = params.self_signed(&own).map_err(no)?.pem();
    let issuer = Issuer::new(params, own);
    let side = |names: &[&str], called: &str, usage| {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = dated(CertificateParams::new(names).map_err(no)?, called);
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().map_err(no)?;
        Ok(Side {
            certificate: params.signed_by(&key, &issuer).map_err(no)?.pem(),
            key: key.serialize_pem(),
        })
    };
    let gateways = gateways
        .iter()
        .map(|name| side(&[], name, ExtendedKeyUsagePurpose::ClientAuth));
    Ok(Link {
        server: side(hosts, "Copy management", ExtendedKeyUsagePurpose::ServerAuth)?,
        gateways: gateways.collect::<Result<_, NotMade>>()?,
        authority,
    })
}

/// Without TLS there is no link.
#[cfg(not(feature = "tls"))]
pub fn link(_: &[&str], _: &[&str], _: i32, _: i32) -> Result<Link, NotMade> {
    Err(NotMade("this program was built without TLS".to_owned()))
}
