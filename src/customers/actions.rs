//! When an action is done.

use crate::records::{Change, Code, Fault, Table, Value, Values};
use crate::units::Words;

/// What the options of a status that end an action stand for.
const CLOSED: &str = "closed";

/// An action is done from the instant on at which its status becomes one of those that end it, until it is opened again.
/// `old`: what it held before the change. A table none of whose states end anything is left as it is.
///
/// # Errors
/// It is said to be done while its status says that it is open.
pub fn settle(table: &Table, change: &mut Change, old: &Values, now_ms: i64) -> Result<(), Fault> {
    let (Some(status), Some(done_at)) = (table.own("status"), table.own("done_at")) else { return Ok(()) };
    if !status.options.iter().any(|option| option.dims.contains_key(CLOSED)) {
        return Ok(());
    }
    let ends = |value: Option<&Value>| match value {
        Some(Value::Text(key)) => status.option(key).is_some_and(|option| option.dims.contains_key(CLOSED)),
        _ => false,
    };
    let after = |key: &str| change.fields.get(key).map_or(old.get(key), Option::as_ref);
    let (is_over, said) = (ends(after("status")), after("done_at").is_some());
    match (is_over, said) {
        (true, false) => {
            change.fields.insert("done_at".into(), Some(Value::Instant(now_ms)));
        }
        (false, true) if change.fields.get("done_at").is_some_and(Option::is_some) => {
            let rule = Words::new(
                "先把状态改为已完成或已关闭",
                "nothing while the status is open: close it instead",
            );
            return Err(Fault::of(&done_at.key, &done_at.label, Code::BadValue, "", &rule));
        }
        (false, true) => {
            change.fields.insert("done_at".into(), None);
        }
        _ => {}
    }
    change.fields.retain(|key, value| old.get(key) != value.as_ref());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::pack::distributor;

    fn values(status: &str, done_ms: Option<i64>) -> Values {
        let status = (!status.is_empty()).then(|| ("status".to_owned(), Value::Text(status.into())));
        let done = done_ms.map(|at_ms| ("done_at".to_owned(), Value::Instant(at_ms)));
        status.into_iter().chain(done).collect()
    }

    /// What becomes of the instant at which it was done, when somebody changes these.
    #[track_caller]
    fn check(old: Values, changed: Values, want: Option<i64>) {
        let fields = changed.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let mut change = Change { fields };
        settle(&distributor().tables["actions"], &mut change, &old, 9).unwrap();
        let all = crate::records::change::after(&old, &change);
        assert_eq!(all.get("done_at"), want.map(Value::Instant).as_ref(), "{old:?} {change:?}");
    }

    #[test]
    fn an_action_is_done_while_its_status_ends_it() {
        check(Values::new(), values("方案已递", None), None);
        check(Values::new(), values("已完成", None), Some(9));
        check(values("方案已递", None), values("已关闭", None), Some(9));
        check(values("已完成", Some(5)), values("已关闭", None), Some(5));
        check(values("已完成", Some(5)), values("报价待批", None), None);
        check(values("", None), values("已完成", Some(7)), Some(7));
        check(values("已完成", Some(5)), Values::new(), Some(5));
    }

    #[test]
    fn what_is_open_is_not_said_to_be_done() {
        let mut change = Change { fields: [("done_at".to_owned(), Some(Value::Instant(5)))].into() };
        let table = &distributor().tables["actions"];
        let refused = settle(table, &mut change, &values("报价待批", None), 9).unwrap_err();
        assert_eq!(refused.at, "done_at");
    }
}
