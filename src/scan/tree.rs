//! A page as html5ever builds it; with scripting off, unless told, so that what stands in a `noscript` is elements.
//!
//! In: the text of a page. Out: its elements in document order, each with what it stands in. Nodes lie in one list
//! and nothing here is recursive, so a page cannot exhaust the stack. It never runs or requests anything.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    rc::Rc,
};

use html5ever::{
    Attribute, ParseOpts, QualName, expanded_name,
    interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
    local_name, ns, parse_document,
    tendril::{StrTendril, TendrilSink},
    tree_builder::TreeBuilderOpts,
};

/// A page's elements.
#[derive(Debug)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// Whether elements the gate made inert count as what they were before.
    restores: bool,
    /// Whether the page was left before its end because it is nested too deeply.
    pub(crate) cut: bool,
}

/// Elements inside each other after which a page is left: for every tag html5ever looks through those that are
/// open, so a hostile page would take hours. Browsers flatten beyond 512.
const DEEPEST: u32 = 2_000;

/// Bytes given to html5ever at once, between two looks at the depth.
const PIECE: usize = 4_096;

/// The place of a node in the list.
type Place = usize;

#[derive(Debug)]
struct Node {
    parent: Option<Place>,
    children: Vec<Place>,
    data: Data,
    /// How many nodes it stood in when it was inserted.
    depth: u32,
    /// Where a `template` keeps what stands in it.
    contents: Option<Place>,
}

#[derive(Debug)]
enum Data {
    Element {
        name: QualName,
        attributes: Vec<Attribute>,
    },
    Text(StrTendril),
    /// The document, the inside of a template, a comment.
    Other,
}

/// One element of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'t> {
    tree: &'t Tree,
    place: Place,
    name: &'t str,
    attributes: &'t [Attribute],
    /// Whether it stands inside a `noscript`.
    pub(crate) in_noscript: bool,
}

impl<'t> Element<'t> {
    /// Its name in lower case.
    pub(crate) fn name(&self) -> &'t str {
        self.name
    }

    /// The value of an attribute. In an element the gate made inert, the one it had before, unless it is read as written.
    pub(crate) fn value(&self, name: &str) -> Option<&'t str> {
        let attribute = |wanted: &str| {
            let found = self.attributes.iter().find(|attribute| is_called(&attribute.name, wanted))?;
            Some(&*found.value)
        };
        if self.tree.restores
            && attribute("data-tc").is_some()
            && let Some(before) = attribute(&format!("data-tc-{name}"))
        {
            return Some(before);
        }
        attribute(name)
    }

    /// All attributes by their local names.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.attributes.iter().map(|attribute| (&*attribute.name.local, &*attribute.value))
    }

    /// Says whether this and another are one element of the same page.
    #[cfg(feature = "testing")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.place == other.place
    }

    /// The elements inside, in document order.
    #[cfg(feature = "testing")]
    pub(crate) fn inside(&self) -> impl Iterator<Item = Element<'t>> {
        self.tree.below(self.place).skip(1)
    }

    /// The text directly inside.
    pub(crate) fn text(&self) -> String {
        let children = self.tree.nodes[self.place].children.iter();
        children
            .filter_map(|child| match &self.tree.nodes[*child].data {
                Data::Text(text) => Some(&**text),
                _ => None,
            })
            .collect()
    }
}

/// `xlink:href` and the like have their prefix apart from the name.
fn is_called(name: &QualName, wanted: &str) -> bool {
    match (&name.prefix, wanted.split_once(':')) {
        (Some(prefix), Some((before, after))) => **prefix == *before && &*name.local == after,
        _ => &*name.local == wanted,
    }
}

impl Tree {
    /// Builds the tree of a page, without scripting, in which elements made inert are what they were before.
    pub(super) fn of(page: &str) -> Self {
        Self { restores: true, ..Self::as_written(page, false) }
    }

    /// Builds the tree of a page as a browser with or without scripting has it.
    pub(crate) fn as_written(page: &str, scripting: bool) -> Self {
        let deepest = Rc::new(Cell::new(0));
        let sink = Sink { nodes: RefCell::new(vec![Node::new(Data::Other)]), deepest: Rc::clone(&deepest) };
        let options = ParseOpts {
            tree_builder: TreeBuilderOpts { scripting_enabled: scripting, ..TreeBuilderOpts::default() },
            ..ParseOpts::default()
        };
        let mut parser = parse_document(sink, options);
        let mut rest = page;
        while !rest.is_empty() && deepest.get() <= DEEPEST {
            let end = (0..=PIECE.min(rest.len())).rev().find(|end| rest.is_char_boundary(*end));
            let (piece, after) = rest.split_at(end.expect("0 is a boundary"));
            parser.process(piece.into());
            rest = after;
        }
        let mut tree = parser.finish();
        tree.cut = !rest.is_empty();
        tree
    }

    /// Returns all elements in document order, those of templates too.
    pub(crate) fn elements(&self) -> impl Iterator<Item = Element<'_>> {
        self.below(DOCUMENT)
    }

    /// Returns an element or the document and all elements in it.
    fn below(&self, top: Place) -> impl Iterator<Item = Element<'_>> {
        let mut waiting = vec![(top, false)];
        std::iter::from_fn(move || {
            loop {
                let (place, outer) = waiting.pop()?;
                let node = &self.nodes[place];
                let mut inner = outer;
                if let Data::Element { name, .. } = &node.data {
                    inner |= name.expanded() == expanded_name!(html "noscript");
                }
                waiting.extend(node.children.iter().rev().map(|child| (*child, inner)));
                waiting.extend(node.contents.map(|contents| (contents, inner)));
                if let Data::Element { name, attributes } = &node.data {
                    return Some(Element { tree: self, place, name: &name.local, attributes, in_noscript: outer });
                }
            }
        })
    }
}

const DOCUMENT: Place = 0;

impl Node {
    fn new(data: Data) -> Self {
        Self { parent: None, children: Vec::new(), data, depth: 0, contents: None }
    }
}

/// What html5ever builds the tree with.
struct Sink {
    nodes: RefCell<Vec<Node>>,
    /// The greatest depth so far, read between two pieces of the page.
    deepest: Rc<Cell<u32>>,
}

/// A name that outlives the borrow of the list; cloning one counts a reference.
#[derive(Debug)]
struct Name(QualName);

impl html5ever::interface::ElemName for Name {
    fn ns(&self) -> &html5ever::Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &html5ever::LocalName {
        &self.0.local
    }
}

impl Sink {
    fn add(&self, data: Data) -> Place {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node::new(data));
        nodes.len() - 1
    }

    fn detach(&self, place: Place) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[place].parent.take() {
            // From the end: what the tree builder moves was added lately.
            let at = nodes[parent].children.iter().rposition(|child| *child == place);
            nodes[parent].children.remove(at.expect("a node is among the children of its parent"));
        }
    }

    /// Puts a node or text among the children of a parent; text is joined to text before it.
    fn insert(&self, parent: Place, at: usize, child: NodeOrText<Place>) {
        let place = match child {
            NodeOrText::AppendNode(place) => place,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let before = at.checked_sub(1).map(|before| nodes[parent].children[before]);
                if let Some(before) = before
                    && let Data::Text(earlier) = &mut nodes[before].data
                {
                    earlier.push_tendril(&text);
                    return;
                }
                drop(nodes);
                self.add(Data::Text(text))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent].depth + 1;
        self.deepest.set(self.deepest.get().max(depth));
        nodes[place].depth = depth;
        nodes[place].parent = Some(parent);
        nodes[parent].children.insert(at, place);
    }
}

impl TreeSink for Sink {
    type Handle = Place;
    type Output = Tree;
    type ElemName<'a> = Name;

    fn finish(self) -> Tree {
        Tree { nodes: self.nodes.into_inner(), restores: false, cut: false }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> Place {
        DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a Place) -> Name {
        match &self.nodes.borrow()[*target].data {
            Data::Element { name, .. } => Name(name.clone()),
            _ => unreachable!("html5ever asks the names of elements only"),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> Place {
        let contents = flags.template.then(|| self.add(Data::Other));
        let place = self.add(Data::Element { name, attributes });
        self.nodes.borrow_mut()[place].contents = contents;
        place
    }

    fn create_comment(&self, _: StrTendril) -> Place {
        self.add(Data::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Place {
        self.add(Data::Other)
    }

    fn append(&self, parent: &Place, child: NodeOrText<Place>) {
        let at = self.nodes.borrow()[*parent].children.len();
        self.insert(*parent, at, child);
    }

    fn append_based_on_parent_node(&self, element: &Place, previous: &Place, child: NodeOrText<Place>) {
        let attached = self.nodes.borrow()[*element].parent.is_some();
        if attached {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Place) -> Place {
        self.nodes.borrow()[*target].contents.expect("html5ever asks this of templates only")
    }

    fn same_node(&self, one: &Place, other: &Place) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Place, child: NodeOrText<Place>) {
        if let NodeOrText::AppendNode(place) = &child {
            self.detach(*place);
        }
        let position = {
            let nodes = self.nodes.borrow();
            nodes[*sibling].parent.and_then(|parent| {
                let at = nodes[parent].children.iter().rposition(|node| node == sibling)?;
                Some((parent, at))
            })
        };
        let (parent, at) = position.expect("html5ever names siblings that stand in the tree");
        self.insert(parent, at, child);
    }

    fn add_attrs_if_missing(&self, target: &Place, more: Vec<Attribute>) {
        if let Data::Element { attributes, .. } = &mut self.nodes.borrow_mut()[*target].data {
            for attribute in more {
                if attributes.iter().all(|there| there.name != attribute.name) {
                    attributes.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &Place) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &Place, new_parent: &Place) {
        let mut nodes = self.nodes.borrow_mut();
        let children = std::mem::take(&mut nodes[*node].children);
        for child in &children {
            nodes[*child].parent = Some(*new_parent);
        }
        nodes[*new_parent].children.extend(children);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(page: &str) -> Vec<String> {
        Tree::of(page)
            .elements()
            .map(|element| format!("{}{}", element.name(), if element.in_noscript { "!" } else { "" }))
            .collect()
    }

    #[test]
    fn elements_come_in_document_order_with_noscript_and_template_read_into() {
        assert_eq!(
            names("<body><p>a<noscript><img src=x></noscript><template><script src=y></script></template><b>"),
            ["html", "head", "body", "p", "noscript", "img!", "template", "script", "b"]
        );
    }

    #[test]
    fn misnested_markup_is_put_where_a_browser_puts_it() {
        // Foster parenting and the adoption agency: the insertions that are not plain appends.
        assert_eq!(
            names("<table>text<img src=x><tr><td>1</table><b>2<p>3</b>4"),
            ["html", "head", "body", "img", "table", "tbody", "tr", "td", "b", "p", "b"]
        );
        let tree = Tree::of("<p>one<b>two</p>three");
        let texts: Vec<_> = tree.elements().map(|element| element.text()).collect();
        assert_eq!(texts, ["", "", "", "one", "two", "three"]);
    }

    #[test]
    fn an_inert_element_shows_what_it_was() {
        let tree =
            Tree::of("<script type=text/plain data-tc=metrics data-tc-src=https://a.example/x data-tc-type=module>");
        let script = tree.elements().find(|element| element.name() == "script").unwrap();
        assert_eq!((script.value("src"), script.value("type")), (Some("https://a.example/x"), Some("module")));
        let tree = Tree::of("<script data-tc-src=https://a.example/x>");
        assert_eq!(tree.elements().find(|element| element.name() == "script").unwrap().value("src"), None);
    }

    #[test]
    fn a_page_nested_without_end_is_left_in_good_time() {
        let deep = Tree::of(&"<div>".repeat(1_900));
        assert!(!deep.cut);
        assert_eq!(deep.elements().count(), 1_903);
        let endless = Tree::of(&"<div>".repeat(1_000_000));
        assert!(endless.cut);
        assert!((2_000..4_000).contains(&endless.elements().count()));
    }
}
