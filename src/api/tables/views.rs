//! Tables, fields and records as clients see them.

use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::desk::Desk;
use super::import::FILE_BYTES_MAX;
use super::saved_views::Viewer;
use crate::api::credit::advice::AdviceView;
use crate::api::words::WordsView;
use crate::people::Role;
use crate::records::definition::{Field, Form, Opt, Set, Table, View};
use crate::records::query::{Question, Source};
use crate::store::records::{StoredRecord, orders};
use crate::units::Zone;

/// `GET /api/v1/tables`
#[derive(Debug, Serialize, ToSchema)]
pub struct TablesView {
    pub items: Vec<TableView>,
    /// So many bytes an imported file may have.
    pub import_bytes_max: usize,
}

/// A table as the caller's role sees it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TableView {
    pub key: String,
    pub label: WordsView,
    pub fields: Vec<FieldView>,
    /// What the caller's role may do with its records.
    pub access: AccessView,
    /// The field by which people tell its records apart.
    pub title: Option<String>,
    pub views: Vec<ViewView>,
    pub forms: Vec<FormView>,
}

/// Whose records of a table: `own`, `team`, `all` or `nothing`.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessView {
    pub read: &'static str,
    pub create: bool,
    pub change: &'static str,
    pub delete: &'static str,
}

/// A field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    pub key: String,
    pub label: WordsView,
    /// `text`, `money`, `choice` and so on.
    pub kind: &'static str,
    pub required: bool,
    pub unique: bool,
    pub many: bool,
    /// By the system: it cannot be written.
    pub computed: bool,
    /// By the caller's role: `read` or `write`.
    pub access: &'static str,
    /// Of a choice, several choices or a tree.
    pub options: Vec<OptionView>,
    /// The table that a link leads to.
    pub to: Option<String>,
    #[schema(value_type = Value)]
    pub default: Option<Json>,
    pub help: Option<WordsView>,
}

/// An option of a choice or a tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionView {
    pub key: String,
    pub label: WordsView,
    pub colour: Option<String>,
    /// What it stands for, by name.
    #[schema(value_type = Object)]
    pub dims: Json,
    /// The option above it, in a tree.
    pub parent: Option<String>,
    pub valid_from: Option<String>,
    /// Kept for what has it, not to be chosen any more.
    pub retired: bool,
}

/// A saved view of a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewView {
    pub key: String,
    /// As it is configured.
    #[schema(value_type = Object)]
    pub body: Json,
    /// The caller saved it.
    pub own: bool,
}

/// A form of a table.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormView {
    pub key: String,
    /// As it is configured.
    #[schema(value_type = Object)]
    pub body: Json,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordView {
    pub id: i64,
    pub uid: String,
    /// To be sent back as `If-Match: "v…"` with a change.
    pub version: i64,
    /// Left out of a record that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<i64>,
    /// By field; a field without a value is left out. Every record has `created_at` and `changed_at`, and `owner`, `team`
    /// and `created_by` where there are any.
    #[schema(value_type = Object)]
    pub values: Map<String, Json>,
}

/// A record that was made. Of a shipment with the advice that its client's credit asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewRecordView {
    #[serde(flatten)]
    pub record: RecordView,
    /// Of a shipment; null where nothing is overdue. Left out of other tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AdviceView>)]
    pub advice: Option<Option<AdviceView>>,
}

impl NewRecordView {
    pub fn of(view: RecordView, record: &StoredRecord, desk: &Desk) -> Self {
        let advice = || orders::advice(&record.values).as_ref().map(AdviceView::from);
        let advice = (desk.key == orders::SHIPMENTS).then(advice);
        Self { record: view, advice }
    }
}

impl TablesView {
    /// The tables of which the role sees anything; `seen` are the definitions as it sees them.
    pub fn of(seen: &Set, role: Role, viewer: &Viewer, zone: Zone) -> Self {
        let in_reach = seen.tables.values().filter(|table| !table.fields.is_empty());
        Self {
            items: in_reach.map(|table| TableView::of(table, seen, role, viewer, zone)).collect(),
            import_bytes_max: FILE_BYTES_MAX,
        }
    }
}

impl TableView {
    fn of(table: &Table, seen: &Set, role: Role, viewer: &Viewer, zone: Zone) -> Self {
        let access = table.access(role);
        let field = |field: &Field| {
            let writes = !field.kind.is_computed() && !access.read_only.contains(&field.key);
            FieldView::of(field, if writes { "write" } else { "read" })
        };
        let shows = |view: &&View| {
            let sorts = view.sort.iter().map(|key| key.strip_prefix('-').unwrap_or(key));
            let mut keys = sorts.chain(view.group.as_deref());
            let sees = |key: &str| table.field(key).is_some() && !access.hides(key);
            let all = keys.all(sees);
            view.table == table.key && viewer.sees(view) && all && is_asked(view, seen, role, zone)
        };
        let views = seen.views.values().filter(shows);
        let forms = seen.forms.values().filter(|form| form.table == table.key);
        Self {
            key: table.key.clone(),
            label: (&table.label).into(),
            fields: table.fields.iter().map(field).collect(),
            access: AccessView {
                read: access.read.name(),
                create: access.create,
                change: access.change.name(),
                delete: access.delete.name(),
            },
            title: table.title().map(|field| field.key.clone()),
            views: views.map(|view| ViewView::of(view, table, viewer)).collect(),
            forms: forms.map(|form| FormView::of(form, table)).collect(),
        }
    }
}

/// Whether a role may ask what a view asks: one that names what is hidden from it is not there.
fn is_asked(view: &View, seen: &Set, role: Role, zone: Zone) -> bool {
    let Some(filter) = view.filter.as_deref() else { return true };
    let Ok(question) = Question::new(filter, seen, &view.table, zone) else { return false };
    let mut places = Vec::new();
    question.tree().fields(&mut places);
    let hides = |table: &str, field: &str| {
        seen.tables.get(table).is_some_and(|table| table.access(role).hides(field))
    };
    places.iter().all(|place| match question.names().source(*place) {
        Source::Field { table, field, .. } | Source::Dim { table, field, .. } => !hides(table, field),
        Source::Changed(field) => !hides(&view.table, field),
        Source::Today | Source::Now | Source::Me => true,
    })
}

impl ViewView {
    /// Without the fields that the role does not see.
    fn of(view: &View, table: &Table, viewer: &Viewer) -> Self {
        let own = viewer.is_author(view);
        let mut view = view.clone();
        view.fields.retain(|key| table.field(key).is_some());
        view.widths.retain(|key, _| table.field(key).is_some());
        Self { body: view.body(), key: view.key, own }
    }
}

impl FormView {
    fn of(form: &Form, table: &Table) -> Self {
        let mut form = form.clone();
        form.blocks.retain(|block| block.field().is_none_or(|key| table.field(key).is_some()));
        Self { body: form.body(), key: form.key }
    }
}

impl FieldView {
    fn of(field: &Field, access: &'static str) -> Self {
        Self {
            key: field.key.clone(),
            label: (&field.label).into(),
            kind: field.kind.name(),
            required: field.required,
            unique: field.unique,
            many: field.many,
            computed: field.kind.is_computed(),
            access,
            options: field.options.iter().map(OptionView::from).collect(),
            to: field.to.clone(),
            default: field.default.clone(),
            help: field.help.as_ref().map(WordsView::from),
        }
    }
}

impl From<&Opt> for OptionView {
    fn from(option: &Opt) -> Self {
        Self {
            key: option.key.clone(),
            label: (&option.label).into(),
            colour: option.colour.clone(),
            dims: serde_json::json!(option.dims),
            parent: option.parent.clone(),
            valid_from: option.valid_from.map(|day| day.to_string()),
            retired: option.retired,
        }
    }
}

impl RecordView {
    /// What of a record the role of who asks sees. `fields`: only these.
    pub fn of(record: &StoredRecord, desk: &Desk, fields: Option<&[String]>) -> Self {
        let (table, access) = (desk.table(), desk.access());
        let asked = |key: &str| {
            !access.hides(key) && fields.is_none_or(|fields| fields.iter().any(|field| field == key))
        };
        let own = record.values.iter().filter_map(|(key, value)| {
            let field = table.own(key)?;
            Some((key.clone(), value.json(field.kind)))
        });
        let mut values: Map<String, Json> = own.filter(|(key, _)| asked(key)).collect();
        let of_all = [
            ("owner", record.owner.map(|person| person.0)),
            ("team", record.team.map(|team| team.0)),
            ("created_at", Some(record.created_ms)),
            ("created_by", record.created_by.map(|person| person.0)),
            ("changed_at", Some(record.changed_ms)),
        ];
        let of_all = of_all.into_iter().filter(|(key, _)| asked(key));
        values.extend(of_all.filter_map(|(key, number)| Some((key.to_owned(), number?.into()))));
        Self {
            id: record.id,
            uid: record.uid.clone(),
            version: record.version,
            deleted_at: record.deleted_ms,
            values,
        }
    }
}
