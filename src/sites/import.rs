//! A table of sites -> sites, or one sentence that says what is wrong with it.

use std::collections::HashMap;

use crate::sheets::Limits;
use crate::units::region::service_shifts;
use crate::units::{BadDatum, Datum, Place};

use super::table::{BadTable, Row, Table, quoted};
use super::{Entered, Shape, Site};

const NEEDED: [&str; 6] = ["site_id", "name", "lat", "lon", "datum", "radius_m"];

/// Reads sites from a table with the columns `site_id,name,lat,lon,datum,radius_m` and, if there, `client_id`, `building`,
/// `floor`, `suite` and `outline` (GeoJSON in the datum of the row; then `lat`, `lon` and `radius_m` may be empty).
///
/// # Errors
/// At the first row that cannot be meant.
pub fn read_csv(text: &[u8]) -> Result<Vec<Site>, BadTable> {
    let listed = read_list(text)?;
    let site =
        |row: &Listed| row.site().map_err(|fault| BadTable::Line { line: row.line, what: fault.to_string() });
    listed.iter().map(site).collect()
}

/// The same, as it was entered.
///
/// # Errors
/// At the first row that cannot be meant.
pub fn read_list(text: &[u8]) -> Result<Vec<Listed>, BadTable> {
    let table = Table::read(text, &NEEDED, &Limits::SENT)?;
    let mut lines = HashMap::new();
    let mut sites = Vec::new();
    for row in table.rows() {
        let site = Listed::of(&row)?;
        if let Some(before) = lines.insert(site.code.clone(), row.line) {
            let id = quoted(&site.code);
            return Err(row
                .fault(format!("site_id `{id}` stands in line {before} already: every site needs its own")));
        }
        sites.push(site);
    }
    Ok(sites)
}

/// A row of a table of sites: its id there, whose it is as the table says it, and the site itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    pub line: u64,
    pub code: String,
    pub client: Option<String>,
    pub entered: Entered,
}

impl Listed {
    fn of(row: &Row) -> Result<Self, BadTable> {
        let (lat, lon, datum, shape) = match row.text("outline") {
            Some(json) => (0.0, 0.0, tagged(row)?, Shape::Outline { json: json.to_owned() }),
            None => {
                let (lat, lon, datum) = point(row)?;
                let radius_m = row.value("radius_m", "a number of metres", |_| true)?;
                (lat, lon, datum, Shape::Circle { radius_m })
            }
        };
        let owned = |column| row.text(column).map(str::to_owned);
        let code = row.needed("site_id")?.to_owned();
        let entered = Entered {
            name: row.text("name").unwrap_or(&code).to_owned(),
            building: owned("building"),
            floor: owned("floor"),
            suite: owned("suite"),
            lat,
            lon,
            datum,
            shape,
        };
        let entered = entered.checked().map_err(|fault| row.fault(fault.to_string().replace('`', "")))?;
        Ok(Self { line: row.line, code, client: owned("client_id"), entered })
    }

    /// The site for the matcher, under the table's own names.
    ///
    /// # Errors
    /// It has no ground.
    fn site(&self) -> Result<Site, super::BadSite> {
        let mut site = self.entered.site(self.code.as_str().into(), String::new(), &[])?;
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
    row.needed("datum")?.parse().map_err(|fault: BadDatum| row.fault(format!("datum {fault}")))
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
        let sites = read_list(&file.unwrap()).unwrap();
        assert_eq!((sites[0].code.as_str(), sites[0].entered.lat), ("1001", 31.2304));
        assert_eq!(sites[0].entered.name, "东湖 \"总部\", 3 楼 入口");
        assert_eq!((sites[1].line, sites[1].entered.lon), (4, 121.5), "the row of the sheet");
        let bad = xlsx_of(&header, [cells(&["A", "a", "north", "121", "wgs84", "50"])]).unwrap();
        assert!(read_list(&bad).unwrap_err().to_string().starts_with("line 2: "));
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
