//! A table of sites -> sites, or one sentence that says what is wrong with it.

use std::collections::HashMap;

use crate::sheets::Limits;
use crate::units::region::service_shifts;
use crate::units::{BadDatum, Datum, Place};

use super::table::{BadTable, Row, Table, quoted};
use super::{Entered, Shape, Site};

const NEEDED: [&str; 6] = ["site_id", "name", "lat", "lon", "datum", "radius_m"];

/// Columns by their name, and as Chinese spreadsheets call them.
const COLUMNS: [(&str, &[&str]); 11] = [
    ("site_id", &["编号", "地点编号"]),
    ("client_id", &["客户", "客户名称"]),
    ("name", &["名称", "地点", "地点名称"]),
    ("lat", &["纬度"]),
    ("lon", &["经度"]),
    ("datum", &["坐标系"]),
    ("radius_m", &["半径", "半径（米）", "半径(米)"]),
    ("building", &["楼宇", "楼栋"]),
    ("floor", &["楼层"]),
    ("suite", &["房间", "门牌"]),
    ("outline", &["轮廓"]),
];

/// What a list must have at least: whose site it is, and where.
const LISTED: [&str; 3] = ["client_id", "lat", "lon"];

/// A building with its yard, where a list gives no radius.
const RADIUS_M: f64 = 80.0;

/// Reads sites from a table with the columns `site_id,name,lat,lon,datum,radius_m` and, if there, `client_id`, `building`,
/// `floor`, `suite` and `outline` (GeoJSON in the datum of the row; then `lat`, `lon` and `radius_m` may be empty).
///
/// # Errors
/// At the first row that cannot be meant.
pub fn read_csv(text: &[u8]) -> Result<Vec<Site>, BadTable> {
    let table = Table::read(text, &NEEDED, &Limits::SENT)?;
    let mut lines = HashMap::new();
    let mut sites = Vec::new();
    for row in table.rows() {
        let code = row.needed("site_id")?;
        let radius_m = match row.text("outline") {
            Some(_) => RADIUS_M,
            None => row.value("radius_m", "a number of metres", |_| true)?,
        };
        let listed = Listed::of(&row, radius_m)?;
        once(&mut lines, &row, code)?;
        sites.push(listed.site(code).map_err(|fault| row.fault(fault.to_string()))?);
    }
    Ok(sites)
}

/// What a list of sites holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct List {
    pub entries: Vec<Listed>,
    pub rejected: Vec<BadRow>,
}

/// A row that cannot be a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    pub line: u64,
    /// In English, as the interface knows it; empty when it is about the row.
    pub column: &'static str,
    pub value: String,
    /// One sentence.
    pub what: String,
}

/// Reads a list as somebody keeps it, with columns in either language: `client_id` 客户, `lat` 纬度, `lon` 经度 and, if there,
/// `site_id` 编号, `name` 名称, `datum` 坐标系, `radius_m` 半径, `building` 楼宇, `floor` 楼层, `suite` 房间, `outline` 轮廓. Every
/// row is read, however many are rejected.
///
/// # Errors
/// The encoding or the first line cannot be meant.
pub fn read_list(text: &[u8]) -> Result<List, BadTable> {
    let table = Table::read_named(text, &COLUMNS, &LISTED, &Limits::SENT)?;
    let mut lines = HashMap::new();
    let mut list = List::default();
    for row in table.rows() {
        let read = row.whole().and_then(|()| {
            let radius_m = match row.text("radius_m") {
                Some(_) => row.value("radius_m", "a number of metres", |_| true)?,
                None => RADIUS_M,
            };
            let listed = Listed::of(&row, radius_m)?;
            listed.code.iter().try_for_each(|code| once(&mut lines, &row, code))?;
            Ok(listed)
        });
        match read {
            Ok(listed) => list.entries.push(listed),
            Err(fault) => list.rejected.push(BadRow::of(&row, &fault)),
        }
    }
    Ok(list)
}

/// A code stands once.
fn once(lines: &mut HashMap<String, u64>, row: &Row, code: &str) -> Result<(), BadTable> {
    let Some(before) = lines.insert(code.to_owned(), row.line) else { return Ok(()) };
    let id = quoted(code);
    Err(row.fault(format!("site_id `{id}` stands in line {before} already: every site needs its own")))
}

impl BadRow {
    /// A fault names its column first.
    fn of(row: &Row, fault: &BadTable) -> Self {
        let what = match fault {
            BadTable::Line { what, .. } => what.clone(),
            other => other.to_string(),
        };
        let named = what.split([' ', ',']).next().unwrap_or_default();
        let column = COLUMNS.iter().find(|(column, _)| *column == named).map_or("", |(column, _)| column);
        Self { line: row.line, column, value: quoted(row.text(column).unwrap_or_default()), what }
    }
}

/// A row of a table of sites: its id there, whose it is as the table says it, and the site itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub line: u64,
    pub code: Option<String>,
    pub client: Option<String>,
    pub entered: Entered,
}

impl Listed {
    fn of(row: &Row, radius_m: f64) -> Result<Self, BadTable> {
        let (lat, lon, datum, shape) = match row.text("outline") {
            Some(json) => (0.0, 0.0, tagged(row)?, Shape::Outline { json: json.to_owned() }),
            None => {
                let (lat, lon, datum) = point(row)?;
                (lat, lon, datum, Shape::Circle { radius_m })
            }
        };
        let owned = |column| row.text(column).map(str::to_owned);
        let (code, client) = (owned("site_id"), owned("client_id"));
        let name = owned("name").or_else(|| code.clone()).or_else(|| client.clone());
        let name = name.ok_or_else(|| row.fault("client_id is empty: every row needs a client".into()))?;
        let entered = Entered {
            name,
            building: owned("building"),
            floor: owned("floor"),
            suite: owned("suite"),
            lat,
            lon,
            datum,
            shape,
        };
        let entered = entered.checked().map_err(|fault| row.fault(fault.to_string().replace('`', "")))?;
        Ok(Self { line: row.line, code, client, entered })
    }

    /// The site for the matcher, under the table's own names.
    ///
    /// # Errors
    /// It has no ground.
    fn site(&self, code: &str) -> Result<Site, super::BadSite> {
        let mut site = self.entered.site(code.into(), String::new(), &[])?;
        site.client = self.client.clone();
        Ok(site)
    }
}

/// Latitude, longitude, and the map they belong to.
fn point(row: &Row) -> Result<(f64, f64, Datum), BadTable> {
    let lat = row.value("lat", "a latitude from -90 to 90", |lat: &f64| lat.abs() <= 90.0)?;
    let lon = row.value("lon", "a longitude from -180 to 180", |lon: &f64| lon.abs() <= 180.0)?;
    if row.text("datum").is_none() {
        // Without a tag only a place that no service shifts is clear.
        let place = Place::new(lat, lon);
        let shifted = [Datum::Gcj02, Datum::Bd09].map(|datum| service_shifts(place, datum));
        if shifted == [Some(false); 2] {
            return Ok((lat, lon, Datum::Wgs84));
        }
        return Err(row.fault(format!(
            "datum is empty, and {lat}, {lon} lies where map services shift coordinates: write wgs84, gcj02 or bd09"
        )));
    }
    Ok((lat, lon, tagged(row)?))
}

fn tagged(row: &Row) -> Result<Datum, BadTable> {
    datum_of(row.needed("datum")?).map_err(|fault| row.fault(format!("datum {fault}")))
}

/// A datum by its name, or by the maps that use it.
fn datum_of(text: &str) -> Result<Datum, BadDatum> {
    match text.to_lowercase().as_str() {
        "高德" | "腾讯" | "高德/腾讯" | "火星坐标" => Ok(Datum::Gcj02),
        "百度" => Ok(Datum::Bd09),
        "gps" => Ok(Datum::Wgs84),
        other => other.parse(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{Cell, xlsx_of};

    const HEADER: &str = "site_id,name,lat,lon,datum,radius_m";

    #[track_caller]
    fn check(row: &str, want: &str) {
        let fault =
            read_csv(format!("{HEADER}\nA,,31,121,wgs84,50\n{row}\n").as_bytes()).unwrap_err().to_string();
        assert!(fault.contains(want) && !fault.contains('\n'), "{fault}");
    }

    #[test]
    fn a_site_reads_as_it_is_and_remembers_its_datum() {
        let text = format!("\u{feff}{HEADER}\r\nS1,Client 1,31.175304,121.531542,gcj02,80\r\n");
        let sites = read_csv(text.as_bytes()).unwrap();
        assert_eq!((&*sites[0].id, sites[0].datum), ("S1", Datum::Gcj02));
        assert!(sites[0].point().distance_m(Place::new(31.177_427_6, 121.527_210_6)) < 1.0);
        assert!(read_csv(HEADER.as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn floors_share_a_building_and_outlines_have_an_inside() {
        let text = format!(
            "{HEADER},client_id,building,floor,suite,outline\n\
             A,Hospital,,,wgs84,,C1,,,,\"{{\"\"type\"\":\"\"Polygon\"\",\"\"coordinates\"\":[[[121,31],[121.004,31],[121.004,31.002],[121,31.002],[121,31]]]}}\"\n\
             B,Office,31.1,121,wgs84,50,C1,T1,12,1203,\n"
        );
        let sites = read_csv(text.as_bytes()).unwrap();
        assert_eq!(sites[0].distance_m(Place::new(31.0001, 121.0001)), 0.0);
        assert!((sites[0].distance_m(Place::new(31.003, 121.002)) - 111.32).abs() < 0.1);
        assert_eq!((sites[1].floor.as_deref(), sites[1].suite.as_deref()), (Some("12"), Some("1203")));
        assert_eq!(sites[0].client, sites[1].client);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_line_value_and_rule() {
        check("B,,91,121,wgs84,50", "line 3: lat `91` is not a latitude");
        check("B,,31,x,wgs84,50", "lon `x` is not a longitude");
        check("B,,31,121,wgs72,50", "datum `wgs72` is not a datum: use wgs84");
        check("B,,31,121,,50", "datum is empty, and 31, 121 lies where map services shift");
        check("B,,31,121,wgs84,-5", "radius_m -5 is not over 0");
        check("B,,31,121,wgs84,NaN", "radius_m NaN is not over 0");
        check("A,,31,121,wgs84,50", "site_id `A` stands in line 2 already");
        check(",,31,121,wgs84,50", "site_id is empty");
        check("B,,31", "3 cells where the header has 6");
        assert!(read_csv(b"").unwrap_err().to_string().contains("begin it with a header"));
        assert!(read_csv(b"site_id,lat\n").unwrap_err().to_string().contains("lacks the column `name`"));
        let abroad = format!("{HEADER}\nS,,51.5,-0.1,,50\n");
        assert_eq!(read_csv(abroad.as_bytes()).unwrap()[0].datum, Datum::Wgs84);
    }

    #[test]
    fn a_sheet_reads_as_its_csv_does() {
        let header: Vec<_> = HEADER.split(',').collect();
        let row = ["1001", "东湖 \"总部\", 3 楼\n入口", "31.2304", "121.4737", "gcj02", "50"];
        let cells = |row: &[&str]| row.iter().map(|text| Cell::Text((*text).into())).collect::<Vec<_>>();
        let file =
            xlsx_of(&header, [cells(&row), Vec::new(), cells(&["B", "b", "31", "121.5", "wgs84", "80"])]);
        let sites = read_csv(&file.unwrap()).unwrap();
        assert_eq!((&*sites[0].id, sites[0].datum), ("1001", Datum::Gcj02));
        assert_eq!(sites[0].name, "东湖 \"总部\", 3 楼 入口");
        let bad = xlsx_of(&header, [cells(&["A", "a", "north", "121", "wgs84", "50"])]).unwrap();
        assert!(read_csv(&bad).unwrap_err().to_string().starts_with("line 2: "));
        let header = ["客户", "纬度", "经度", "坐标系"];
        let rows = [cells(&["甲", "31", "121", "高德"]), Vec::new(), cells(&["乙", "31", "121.5", "百度"])];
        let list = read_list(&xlsx_of(&header, rows).unwrap()).unwrap();
        assert_eq!((list.entries[1].line, list.entries[1].entered.lon), (4, 121.5), "the row of the sheet");
    }

    #[test]
    fn a_list_in_chinese_names_clients_and_needs_no_numbers() {
        let text = "客户,名称,纬度,经度,坐标系,半径（米）,楼层\n华东医药,,30.27,120.15,高德,,\n\
                    华东医药,仓库,30.3,120.2,gcj02,50,2\n重庆银行,,29.5,106.5,百度,120,\n";
        let list = read_list(text.as_bytes()).unwrap();
        assert_eq!(list.rejected, []);
        let of = |at: usize| (list.entries[at].client.as_deref(), list.entries[at].entered.name.as_str());
        assert_eq!((of(0), of(1)), ((Some("华东医药"), "华东医药"), (Some("华东医药"), "仓库")));
        let of = |at: usize| (list.entries[at].entered.datum, list.entries[at].entered.shape.clone());
        assert_eq!(of(0), (Datum::Gcj02, Shape::Circle { radius_m: RADIUS_M }));
        assert_eq!(of(2), (Datum::Bd09, Shape::Circle { radius_m: 120.0 }));
        assert_eq!((list.entries[0].code.as_deref(), list.entries[1].line), (None, 3));
    }

    #[test]
    fn every_row_of_a_list_that_cannot_be_meant_is_told_and_the_others_stay() {
        let text = "客户,纬度,经度,坐标系,半径,编号\n甲,北,121,gcj02,50,A\n乙,31,121,,50,B\n丙,31,121,gcj02,0,C\n\
                    丁,31,121,gcj02,50,D\n,31,121,gcj02,50,\n戊,31,121,gcj02,50,D\n己,31,121\n庚,31,121,北京,50,\n";
        let list = read_list(text.as_bytes()).unwrap();
        assert_eq!((list.entries.len(), list.entries[0].client.as_deref()), (1, Some("丁")));
        let told: Vec<_> =
            list.rejected.iter().map(|bad| (bad.line, bad.column, bad.value.as_str())).collect();
        let want = [
            (2, "lat", "北"),
            (3, "datum", ""),
            (4, "radius_m", "0"),
            (6, "client_id", ""),
            (7, "site_id", "D"),
            (8, "", ""),
            (9, "datum", "北京"),
        ];
        assert_eq!(told, want);
        assert!(
            read_list("客户,纬度\n".as_bytes()).unwrap_err().to_string().contains("lacks the column `lon`")
        );
    }

    #[test]
    fn an_outline_without_an_inside_is_refused() {
        let header = format!("{HEADER},outline");
        for (outline, want) in [
            ("x", "no GeoJSON"),
            (r#"{""type"":""Point"",""coordinates"":[121,31]}"#, "it is a Point"),
            (r#"{""type"":""Polygon"",""coordinates"":[[[121,31],[121,31],[121,31],[121,31]]]}"#, "no area"),
            (r#"{""type"":""Polygon"",""coordinates"":[[[31,21],[32,21],[32,22],[31,21]]]}"#, "split it"),
        ] {
            let fault = read_csv(format!("{header}\nA,,,,wgs84,,\"{outline}\"\n").as_bytes())
                .unwrap_err()
                .to_string();
            assert!(fault.contains(want), "{fault}");
        }
    }
}
