//! Form bodies and query strings as trees: `a[b][0]=c` becomes branches named `a`, `b`, `0` with a leaf `c`.

use super::error::ApiError;

/// One node of a decoded form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Leaf(String),
    Branch(Vec<(String, Node)>),
}

/// Decodes `a=1&b[c]=2`, brackets literal or percent-encoded. An empty index (`types[]`) takes the next free number.
pub(crate) fn decode(text: &[u8]) -> Result<Node, ApiError> {
    let mut root = Node::Branch(Vec::new());
    for (key, value) in form_urlencoded::parse(text) {
        let segments = split(&key);
        root.plant(&segments, value.into_owned())
            .map_err(|()| ApiError::invalid(format!("Invalid parameter nesting: {key}")).param(key.as_ref()))?;
    }
    Ok(root)
}

/// The same tree again as text in a fixed order: equal for equal parameters, however they were spelled or sorted.
pub(crate) fn canonical(node: &Node) -> String {
    let mut lines = Vec::new();
    collect(node, "", &mut lines);
    lines.sort();
    lines.join("&")
}

fn collect(node: &Node, path: &str, lines: &mut Vec<String>) {
    match node {
        Node::Leaf(value) => lines.push(format!("{path}={value}")),
        Node::Branch(children) => {
            for (name, child) in children {
                collect(child, &join(path, name), lines);
            }
        }
    }
}

/// `path[name]`, or `name` at the top.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}[{name}]") }
}

fn split(key: &str) -> Vec<&str> {
    let Some(open) = key.find('[') else { return vec![key] };
    let mut segments = vec![&key[..open]];
    let mut rest = &key[open..];
    while let Some(inner) = rest.strip_prefix('[') {
        let Some(close) = inner.find(']') else { return vec![key] };
        segments.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    if rest.is_empty() { segments } else { vec![key] }
}

impl Node {
    fn plant(&mut self, segments: &[&str], value: String) -> Result<(), ()> {
        let Some((first, rest)) = segments.split_first() else {
            *self = Node::Leaf(value);
            return Ok(());
        };
        let Node::Branch(children) = self else { return Err(()) };
        let name = if first.is_empty() { children.len().to_string() } else { (*first).to_owned() };
        let position = children.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            children.push((name, Node::Branch(Vec::new())));
            children.len() - 1
        });
        let child = &mut children[position].1;
        if rest.is_empty() && matches!(child, Node::Branch(inner) if !inner.is_empty()) {
            return Err(());
        }
        child.plant(rest, value)
    }

    /// The children in index order, if every name is a number.
    pub(crate) fn elements(&self) -> Option<Vec<(&str, &Node)>> {
        let Node::Branch(children) = self else { return None };
        let mut numbered: Vec<(u32, &str, &Node)> = Vec::new();
        for (name, child) in children {
            numbered.push((name.parse().ok()?, name, child));
        }
        numbered.sort_by_key(|(index, _, _)| *index);
        Some(numbered.into_iter().map(|(_, name, child)| (name, child)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_may_be_encoded_and_indexes_left_out() {
        let plain = decode(b"a[b][0]=1&t[]=x&t[]=y").expect("decodes");
        let encoded = decode(b"t%5B0%5D=x&t%5B1%5D=y&a%5Bb%5D%5B0%5D=1").expect("decodes");
        assert_eq!(canonical(&plain), canonical(&encoded));
        assert_eq!(canonical(&plain), "a[b][0]=1&t[0]=x&t[1]=y");
    }

    #[test]
    fn a_name_that_is_both_value_and_branch_is_refused() {
        assert!(decode(b"a=1&a[b]=2").is_err());
        assert!(decode(b"a[b]=2&a=1").is_err());
    }
}
