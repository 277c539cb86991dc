//! Disjoint aggregates of strongly linked nodes.

use super::strength::Graph;

/// The aggregate of a node that stays on the fine level.
pub(super) const NONE: u32 = u32::MAX;

/// The aggregate of each node, and their number.
///
/// Nodes are visited in their order: first whole neighbourhoods that are still free, then the left-over nodes join the aggregate
/// of a neighbour, then what is left makes aggregates of its own. The same graph gives the same aggregates.
pub(super) fn aggregate(graph: &Graph) -> (Vec<u32>, usize) {
    let n = graph.coupled.len();
    let strong = |node: usize| {
        let all = &graph.neighbours[graph.starts[node]..graph.starts[node + 1]];
        all.iter().map(|&other| other as usize).filter(|&other| graph.coupled[other])
    };
    let (mut of, mut count) = (vec![NONE; n], 0);
    for node in (0..n).filter(|&node| graph.coupled[node]) {
        if of[node] == NONE && strong(node).next().is_some() && strong(node).all(|other| of[other] == NONE) {
            of[node] = count;
            strong(node).for_each(|other| of[other] = count);
            count += 1;
        }
    }
    // Only the aggregates of the first pass are joined, so that none grows into a chain.
    let first = of.clone();
    for node in (0..n).filter(|&node| graph.coupled[node]) {
        if of[node] != NONE {
            continue;
        }
        let closest = graph.closest[node] as usize;
        let known = |other: usize| Some(first[other]).filter(|&aggregate| aggregate != NONE);
        if let Some(aggregate) = known(closest).or_else(|| strong(node).find_map(known)) {
            of[node] = aggregate;
        }
    }
    for node in (0..n).filter(|&node| graph.coupled[node]) {
        if of[node] == NONE {
            of[node] = count;
            strong(node).filter(|&other| first[other] == NONE).for_each(|other| {
                if of[other] == NONE {
                    of[other] = count;
                }
            });
            count += 1;
        }
    }
    (of, count as usize)
}
