//! One global cache of plans, keyed by the plan's type and the numbers that define it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

type Key = (TypeId, Vec<usize>);
type Plan = Arc<dyn Any + Send + Sync>;

fn plans() -> &'static Mutex<HashMap<Key, Plan>> {
    static PLANS: OnceLock<Mutex<HashMap<Key, Plan>>> = OnceLock::new();
    PLANS.get_or_init(Mutex::default)
}

fn find<P: Any + Send + Sync>(key: &Key) -> Option<Arc<P>> {
    let plans = plans().lock().unwrap_or_else(PoisonError::into_inner);
    plans.get(key).cloned().and_then(|plan| plan.downcast().ok())
}

/// The plan of type `P` for `numbers`, made on first use.
///
/// Two threads that ask for a new plan at the same time may both make it, and then share one.
pub(super) fn cached<P: Any + Send + Sync>(numbers: &[usize], make: impl FnOnce() -> P) -> Arc<P> {
    let key = (TypeId::of::<P>(), numbers.to_vec());
    if let Some(plan) = find(&key) {
        return plan;
    }
    // Outside the lock: a plan is often made of smaller cached plans.
    let made = Arc::new(make());
    let mut plans = plans().lock().unwrap_or_else(PoisonError::into_inner);
    let kept = plans.entry(key).or_insert_with(|| Arc::clone(&made) as Plan);
    Arc::clone(kept).downcast().unwrap_or(made)
}
