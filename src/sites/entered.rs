//! A site as somebody writes it down -> its ground, or what is wrong with it.

use super::{BadGround, Correction, Ground, Lesson, Site, SiteId};
use crate::units::{Datum, Place};

const NAME_CHARS_MAX: usize = 120;
const WORD_CHARS_MAX: usize = 60;

/// An outline with more text than this is a map, not a site.
const OUTLINE_BYTES_MAX: usize = 32 * 1024;

/// The ground as it was entered.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Circle {
        radius_m: f64,
    },
    /// A GeoJSON Polygon or MultiPolygon in the site's datum.
    Outline {
        json: String,
    },
}

/// What somebody says of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Entered {
    pub name: String,
    /// What sites in one building share.
    pub building: Option<String>,
    pub floor: Option<String>,
    pub suite: Option<String>,
    /// In `datum`; an outline has its own middle.
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
    pub shape: Shape,
}

/// Why it cannot be a site.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadSite {
    #[error("`{0}` has {1} characters: 1 to {2} on one line are expected")]
    Text(&'static str, usize, usize),
    #[error("`lat` {0}, `lon` {1} is no place: degrees from -90 to 90 and from -180 to 180 are expected")]
    Place(f64, f64),
    #[error("`outline` has {0} bytes: simplify it to {OUTLINE_BYTES_MAX} at most")]
    LongOutline(usize),
    #[error(transparent)]
    Ground(#[from] BadGround),
}

impl Entered {
    /// The site as it is kept: without spaces at the ends or empty fields, and an outline with its middle.
    ///
    /// # Errors
    /// The first field that breaks its rule.
    pub fn checked(self) -> Result<Self, BadSite> {
        let text = |field, text: &str, most| {
            let text = text.trim();
            let chars = text.chars().count();
            let fits = chars <= most && !text.chars().any(char::is_control);
            if fits { Ok(text.to_owned()) } else { Err(BadSite::Text(field, chars, most)) }
        };
        let word = |field, word: Option<String>| {
            let word = word.map(|word| text(field, &word, WORD_CHARS_MAX)).transpose()?;
            Ok::<_, BadSite>(word.filter(|word| !word.is_empty()))
        };
        let name = text("name", &self.name, NAME_CHARS_MAX)?;
        if name.is_empty() {
            return Err(BadSite::Text("name", 0, NAME_CHARS_MAX));
        }
        let entered = Self {
            name,
            building: word("building", self.building)?,
            floor: word("floor", self.floor)?,
            suite: word("suite", self.suite)?,
            ..self
        };
        let (_, middle) = entered.ground()?;
        Ok(match entered.shape {
            Shape::Circle { .. } => entered,
            Shape::Outline { .. } => {
                let (lat, lon) = entered.datum.of_wgs84(middle);
                Self { lat, lon, ..entered }
            }
        })
    }

    /// The ground and the place it lies round.
    ///
    /// # Errors
    /// It has none.
    pub fn ground(&self) -> Result<(Ground, Place), BadSite> {
        match &self.shape {
            Shape::Circle { radius_m } => {
                if !(self.lat.abs() <= 90.0 && self.lon.abs() <= 180.0) {
                    return Err(BadSite::Place(self.lat, self.lon));
                }
                Ok((Ground::circle(*radius_m)?, self.datum.to_wgs84(self.lat, self.lon)))
            }
            Shape::Outline { json } if json.len() > OUTLINE_BYTES_MAX => {
                Err(BadSite::LongOutline(json.len()))
            }
            Shape::Outline { json } => Ok(Ground::outline(json, |lat, lon| self.datum.to_wgs84(lat, lon))?),
        }
    }

    /// The site for the matcher, with what was learned about its point.
    ///
    /// # Errors
    /// It has no ground.
    pub fn site(&self, id: SiteId, client: String, lessons: &[Lesson]) -> Result<Site, BadSite> {
        let (ground, entered) = self.ground()?;
        let mut correction = Correction::default();
        lessons.iter().for_each(|lesson| correction.learn(*lesson));
        Ok(Site {
            id,
            name: self.name.clone(),
            client: Some(client),
            building: self.building.clone(),
            floor: self.floor.clone(),
            suite: self.suite.clone(),
            entered,
            datum: self.datum,
            ground,
            correction,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(shape: Shape) -> Entered {
        let (building, floor, suite) = (None, Some(" 12 ".into()), Some(" ".into()));
        Entered {
            name: " HQ ".into(),
            building,
            floor,
            suite,
            lat: 31.0,
            lon: 121.0,
            datum: Datum::Gcj02,
            shape,
        }
    }

    #[test]
    fn a_site_is_kept_as_it_was_meant() {
        let kept = entered(Shape::Circle { radius_m: 80.0 }).checked().unwrap();
        assert_eq!((kept.name.as_str(), kept.floor.as_deref(), kept.suite), ("HQ", Some("12"), None));
        let json = r#"{"type":"Polygon","coordinates":[[[121,31],[121.002,31],[121.002,31.002],[121,31.002],[121,31]]]}"#;
        let kept = entered(Shape::Outline { json: json.into() }).checked().unwrap();
        assert!(
            (kept.lat - 31.001).abs() < 1e-6 && (kept.lon - 121.001).abs() < 1e-6,
            "in its own datum: {kept:?}"
        );
        let site = kept.site("1".into(), "7".into(), &[]).unwrap();
        assert!(site.distance_m(Datum::Gcj02.to_wgs84(31.0005, 121.0005)) == 0.0);
    }

    #[test]
    fn what_cannot_be_a_site_is_refused_with_the_value() {
        let circle = |radius_m| entered(Shape::Circle { radius_m });
        assert!(circle(0.0).checked().unwrap_err().to_string().contains("radius_m 0"));
        assert!(Entered { name: "".into(), ..circle(9.0) }.checked().is_err());
        let far = Entered { lat: 91.0, ..circle(9.0) }.checked().unwrap_err().to_string();
        assert!(far.contains("91"), "{far}");
        let long = Entered { suite: Some("x".repeat(61)), ..circle(9.0) }.checked().unwrap_err().to_string();
        assert!(long.contains("61 characters"), "{long}");
        assert!(entered(Shape::Outline { json: "{}".into() }).checked().is_err());
    }
}
