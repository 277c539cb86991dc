//! Every paper that a model cites is in the bibliography.

#[test]
fn citations_resolve_in_the_bibliography() {
    let bibliography = include_str!("../../REFERENCES.bib");
    for citation in sobolev::operators::citations() {
        let entry = format!("{{{},", citation.key);
        assert!(bibliography.contains(&entry), "{} is missing in REFERENCES.bib", citation.key);
    }
}
