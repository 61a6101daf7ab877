//! Tree: one key opens a share, and cannot be turned into the key of the rest (SD-25, SD-28, row-34).
//!
//! The root is the content key and stands over all stretches. It parts at eighty percent, the lower side at ten percent,
//! everything else in the middle. A child's key is derived from its parent's, so a holder can go down and never up.

use crate::{
    geometry::Geometry,
    kdf,
    key::{ContentKey, KeyId, NodeKey, StretchKey},
};
use minicbor::{Decode, Encode};
use units::{Again, Refusal, Share};

/// A run of stretches: from the first, to before the second number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Stretches {
    /// The first.
    #[n(0)]
    pub from: u32,
    /// One past the last.
    #[n(1)]
    pub to: u32,
}

impl Stretches {
    /// Whether all of `other` lies in here.
    pub const fn contains(self, other: Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.from >= self.to
    }
    const fn one(index: u32) -> Self {
        Self {
            from: index,
            to: index.saturating_add(1),
        }
    }
}

/// A key was asked for that does not lie below the one held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stretches {}..{} are outside the held key's {}..{}; a larger share must be bought", asked.from, asked.to, held.from, held.to)]
pub struct OutOfReach {
    /// What was asked for.
    pub asked: Stretches,
    /// What the key reaches.
    pub held: Stretches,
}

impl Refusal for OutOfReach {
    fn code(&self) -> &'static str {
        "share-too-small"
    }
    fn again(&self) -> Again {
        Again::AfterYouAct
    }
}

/// The shape of one package's keys. Public: it follows from the header, and a false one only leads to useless keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree {
    key: KeyId,
    leaves: u32,
    tenth: u32,
    most: u32,
}

impl Tree {
    /// The tree over content of this geometry under the key of that name.
    pub const fn new(key: KeyId, geometry: &Geometry) -> Self {
        let layout = geometry.layout(0);
        let (tenth, most) = (layout.stretches_of(Share::Tenth), layout.stretches_of(Share::Most));
        Self {
            key,
            leaves: layout.stretches(),
            tenth,
            most,
        }
    }

    /// The key's name.
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// All stretches.
    pub const fn whole(&self) -> Stretches {
        Stretches {
            from: 0,
            to: self.leaves,
        }
    }

    /// The stretches a share opens: always one node, or none when the share of so short a content is not even a byte.
    pub fn cover(&self, share: Share) -> Option<Stretches> {
        let to = match share {
            Share::Nothing => 0,
            Share::Tenth => self.tenth,
            Share::Most => self.most,
            Share::Whole => self.leaves,
        };
        Some(Stretches { from: 0, to }).filter(|s| !s.is_empty())
    }

    /// The nodes that, together with `share`, make the whole: what an unlocking adds (SD-26). At most two.
    pub fn rest(&self, share: Share) -> Vec<Stretches> {
        match share {
            Share::Nothing => vec![self.whole()],
            Share::Whole => vec![],
            Share::Tenth | Share::Most => {
                let from = if share == Share::Tenth { self.tenth } else { self.most };
                let (low, high) = (
                    Stretches { from, to: self.most },
                    Stretches {
                        from: self.most,
                        to: self.leaves,
                    },
                );
                // A share that opens nothing leaves the root itself.
                if from == 0 && self.most == 0 {
                    return vec![self.whole()];
                }
                [low, high].into_iter().filter(|s| !s.is_empty()).collect()
            }
        }
    }

    /// Where a node parts; `None` for a single stretch.
    fn parting(&self, node: Stretches) -> Option<u32> {
        if node.to - node.from < 2 {
            return None;
        }
        let inside = |at: u32| Some(at).filter(|&at| node.from < at && at < node.to);
        let bound = if node == self.whole() { inside(self.most) } else { None };
        let bound = bound.or_else(|| {
            if node.from == 0 && node.to == self.most {
                inside(self.tenth)
            } else {
                None
            }
        });
        Some(bound.unwrap_or(node.from + (node.to - node.from) / 2))
    }
}

impl ContentKey {
    /// The root: reaches everything.
    pub fn root(&self, tree: &Tree) -> NodeKey {
        NodeKey::from_secret_bytes(tree.whole(), *self.secret_bytes_for_wrapping())
    }

    /// The one key that opens a share; `None` when that share holds nothing.
    pub fn cover(&self, tree: &Tree, share: Share) -> Option<NodeKey> {
        self.root(tree).descend(tree, tree.cover(share)?).ok()
    }

    /// The keys that complete a share to the whole.
    pub fn rest(&self, tree: &Tree, share: Share) -> Vec<NodeKey> {
        tree.rest(share)
            .into_iter()
            .filter_map(|node| self.root(tree).descend(tree, node).ok())
            .collect()
    }
}

impl NodeKey {
    /// The key of a node below this one. Refuses what is not a node below it.
    pub fn descend(&self, tree: &Tree, to: Stretches) -> Result<NodeKey, OutOfReach> {
        let no = OutOfReach {
            asked: to,
            held: self.reach,
        };
        if to.is_empty() || !self.reach.contains(to) || !tree.whole().contains(self.reach) {
            return Err(no);
        }
        let mut at = NodeKey {
            reach: self.reach,
            bytes: self.bytes.clone(),
        };
        while at.reach != to {
            let parting = tree.parting(at.reach).ok_or(no)?;
            let low = Stretches {
                from: at.reach.from,
                to: parting,
            };
            let high = Stretches {
                from: parting,
                to: at.reach.to,
            };
            let child = [low, high].into_iter().find(|child| child.contains(to)).ok_or(no)?;
            at = at.child(tree, child);
        }
        Ok(at)
    }

    /// The key of one stretch.
    pub fn stretch(&self, tree: &Tree, index: u32) -> Result<StretchKey, OutOfReach> {
        let leaf = self.descend(tree, Stretches::one(index))?;
        let bytes = kdf::expand(&leaf.bytes, "stretch", [&index.to_be_bytes(), &tree.key.0, &[]]);
        Ok(StretchKey { index, bytes })
    }

    fn child(&self, tree: &Tree, reach: Stretches) -> NodeKey {
        let bytes = kdf::expand(
            &self.bytes,
            "node",
            [&reach.from.to_be_bytes(), &reach.to.to_be_bytes(), &tree.key.0],
        );
        NodeKey { reach, bytes }
    }
}

/// Whoever gives out the keys of stretches: a card's release, or a key held here. Asked once per stretch as it is reached,
/// so that a card can count, log and stop.
pub trait KeySource {
    /// The key of that stretch, or why not.
    fn stretch(&self, index: u32) -> Result<StretchKey, Withheld>;
}

/// A key was not given: the refusal of whoever was asked, passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key was not released: {text}")]
pub struct Withheld {
    /// The refusal's stable code.
    pub code: String,
    /// Whether asking again makes sense.
    pub again: Again,
    /// What to tell people.
    pub text: String,
}

impl Withheld {
    /// Passes a refusal on.
    pub fn by(no: &dyn Refusal) -> Self {
        Self {
            code: no.code().into(),
            again: no.again(),
            text: no.to_string(),
        }
    }
}

/// A key of the tree, held here: releases what lies below it.
#[derive(Debug)]
pub struct HeldNode {
    node: NodeKey,
    tree: Tree,
}

impl HeldNode {
    /// Of this tree.
    pub fn new(node: NodeKey, tree: Tree) -> Self {
        Self { node, tree }
    }
    /// The whole content.
    pub fn whole(key: &ContentKey, tree: Tree) -> Self {
        Self {
            node: key.root(&tree),
            tree,
        }
    }
}

impl KeySource for HeldNode {
    fn stretch(&self, index: u32) -> Result<StretchKey, Withheld> {
        self.node.stretch(&self.tree, index).map_err(|no| Withheld::by(&no))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(len: u64) -> (ContentKey, Tree) {
        let key = ContentKey::from_secret_bytes([9; 32]);
        let tree = Tree::new(key.id(), &Geometry::with(len, 16, 2).unwrap());
        (key, tree)
    }

    // proves: SD-25 row-34
    #[test]
    fn a_share_derives_its_own_stretches_and_no_other() {
        for len in (0..200).chain([3000, 10_001]) {
            let (key, tree) = tree(len);
            for share in [Share::Nothing, Share::Tenth, Share::Most, Share::Whole] {
                let reach = tree.cover(share).map_or(0, |s| s.to);
                let Some(node) = key.cover(&tree, share) else {
                    assert_eq!(reach, 0);
                    continue;
                };
                for index in 0..tree.leaves + 2 {
                    match node.stretch(&tree, index) {
                        Ok(leaf) => {
                            assert!(index < reach, "{len} {share} {index}");
                            let direct = key.root(&tree).stretch(&tree, index).unwrap();
                            assert_eq!(leaf.secret_bytes_for_release(), direct.secret_bytes_for_release());
                        }
                        Err(no) => assert!(index >= reach && no.code() == "share-too-small"),
                    }
                }
            }
        }
    }

    // proves: row-34
    #[test]
    fn a_false_shape_yields_no_foreign_key() {
        let (key, honest) = tree(3000);
        let node = key.cover(&honest, Share::Tenth).unwrap();
        let mut keys = std::collections::HashSet::new();
        for index in 0..honest.leaves {
            keys.insert(
                *key.root(&honest)
                    .stretch(&honest, index)
                    .unwrap()
                    .secret_bytes_for_release(),
            );
        }
        // A terminal that lies about length or key: whatever comes out opens nothing beyond the share.
        for len in [16, 100, 2999, 5000, 100_000] {
            for id in [honest.key, KeyId([1; 16])] {
                let lie = Tree::new(id, &Geometry::with(len, 16, 2).unwrap());
                for index in 0..lie.leaves {
                    let Ok(leaf) = node.stretch(&lie, index) else { continue };
                    let own = (0..node.reach().to).any(|i| {
                        node.stretch(&honest, i).unwrap().secret_bytes_for_release() == leaf.secret_bytes_for_release()
                    });
                    assert!(own || !keys.contains(leaf.secret_bytes_for_release()));
                }
            }
        }
    }

    #[test]
    fn share_and_rest_make_the_whole_and_all_keys_differ() {
        for len in (0..100).chain([4000]) {
            let (key, tree) = tree(len);
            for share in [Share::Nothing, Share::Tenth, Share::Most, Share::Whole] {
                let mut nodes: Vec<_> = key
                    .cover(&tree, share)
                    .into_iter()
                    .chain(key.rest(&tree, share))
                    .collect();
                nodes.sort_by_key(NodeKey::reach);
                let mut at = 0;
                for node in &nodes {
                    assert_eq!(node.reach().from, at, "{len} {share}");
                    at = node.reach().to;
                }
                assert_eq!(at, tree.leaves);
            }
            let mut seen = std::collections::HashSet::from([*key.secret_bytes_for_wrapping()]);
            let root = key.root(&tree);
            assert!((0..tree.leaves).all(|i| seen.insert(*root.stretch(&tree, i).unwrap().secret_bytes_for_release())));
        }
    }

    #[test]
    fn what_is_no_node_is_refused() {
        let (key, tree) = tree(3000);
        let root = key.root(&tree);
        for (from, to) in [
            (3, 3),
            (5, 2),
            (0, tree.leaves + 1),
            (1, tree.leaves),
            (0, tree.tenth + 1),
            (u32::MAX, u32::MAX),
        ] {
            assert!(root.descend(&tree, Stretches { from, to }).is_err(), "{from}..{to}");
        }
    }
}
