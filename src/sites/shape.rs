//! How far a place is from a site's ground, be it a circle or an outline.

use geo::{Area, BoundingRect, Centroid, Contains, ConvexHull, Distance, Euclidean, Validation};

use crate::units::{Place, Plane};

/// A typed radius up to this says how coarse positions are, not how large the client's ground is.
const TYPED_RADIUS_M: f64 = 150.0;

/// The largest ground that is taken for one site.
pub const EXTENT_M_MAX: f64 = 20_000.0;

/// The ground of a site, in metres round its point.
#[derive(Debug, Clone)]
pub enum Ground {
    Circle { radius_m: f64 },
    Outline(geo::MultiPolygon<f64>),
}

/// Why an outline cannot be a site's ground.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadGround {
    #[error("radius_m {0} is not over 0 and at most {EXTENT_M_MAX}: give it in metres")]
    Radius(f64),
    #[error("the outline is no GeoJSON Polygon or MultiPolygon ({0}): export one such geometry")]
    Json(String),
    #[error("the outline has no area: give at least three corners that are not on one line")]
    Empty,
    #[error(
        "the outline reaches {0:.0} m from its middle, over {EXTENT_M_MAX} m: split it, or swap longitude and latitude"
    )]
    Wide(f64),
}

impl Ground {
    pub fn circle(radius_m: f64) -> Result<Self, BadGround> {
        let fits = radius_m > 0.0 && radius_m <= EXTENT_M_MAX;
        if fits { Ok(Self::Circle { radius_m }) } else { Err(BadGround::Radius(radius_m)) }
    }

    /// Reads a GeoJSON Polygon or MultiPolygon; `wgs84` tells what place a coordinate means (latitude, longitude). Of one
    /// that crosses itself the hull is taken. Returns the outline and the place it lies round.
    pub fn outline(json: &str, wgs84: impl Fn(f64, f64) -> Place) -> Result<(Self, Place), BadGround> {
        let bad = |fault: String| BadGround::Json(fault);
        let geometry: geojson::Geometry =
            json.parse().map_err(|fault: geojson::Error| bad(fault.to_string()))?;
        let kind = geometry.value.type_name();
        let outline =
            match geo::Geometry::<f64>::try_from(geometry).map_err(|fault| bad(fault.to_string()))? {
                geo::Geometry::Polygon(polygon) => geo::MultiPolygon::new(vec![polygon]),
                geo::Geometry::MultiPolygon(polygons) => polygons,
                _ => return Err(bad(format!("it is a {kind}"))),
            };
        let place = |at: geo::Coord| wgs84(at.y, at.x);
        let first = outline.0.iter().flat_map(|polygon| polygon.exterior().coords()).next();
        // Flat before anything is measured: degrees do not go on behind the date line.
        let rough = Plane::at(place(*first.ok_or(BadGround::Empty)?));
        let drawn = geo::MapCoords::map_coords(&outline, |at| rough.metres(place(at)).into());
        // An outline that crosses itself has no inside: what it spans has.
        let drawn = if drawn.is_valid() { drawn } else { geo::MultiPolygon::new(vec![drawn.convex_hull()]) };
        let middle = drawn.centroid().ok_or(BadGround::Empty)?;
        let middle = rough.place((middle.x(), middle.y()));
        let plane = Plane::at(middle);
        let flat = geo::MapCoords::map_coords(&drawn, |at| plane.metres(rough.place((at.x, at.y))).into());
        if flat.unsigned_area() < 1.0 {
            return Err(BadGround::Empty);
        }
        let ground = Self::Outline(flat);
        let reach_m = ground.reach_m();
        if reach_m.is_nan() || reach_m > EXTENT_M_MAX {
            return Err(BadGround::Wide(reach_m));
        }
        Ok((ground, middle))
    }

    /// How far the ground reaches from the site's point.
    pub fn reach_m(&self) -> f64 {
        match self {
            Self::Circle { radius_m } => (radius_m - TYPED_RADIUS_M).max(0.0),
            Self::Outline(outline) => outline.bounding_rect().map_or(0.0, |rect| {
                let far = |a: f64, b: f64| a.abs().max(b.abs());
                far(rect.min().x, rect.max().x).hypot(far(rect.min().y, rect.max().y))
            }),
        }
    }

    /// Metres from a point of the plane round the site to its ground; 0 on it. A circle up to the radius that people
    /// type in without measuring is a point.
    pub fn distance_m(&self, (x, y): (f64, f64)) -> f64 {
        match self {
            Self::Circle { .. } => ((x * x + y * y).sqrt() - self.reach_m()).max(0.0),
            Self::Outline(outline) => {
                let point = geo::Point::new(x, y);
                if outline.contains(&point) { 0.0 } else { Euclidean.distance(&point, outline) }
            }
        }
    }

    /// Whether a point of the plane round the site lies on its ground, as somebody drew it: a radius is meant as it was
    /// typed.
    pub fn holds(&self, (x, y): (f64, f64)) -> bool {
        match self {
            Self::Circle { radius_m } => x * x + y * y <= radius_m * radius_m,
            Self::Outline(outline) => outline.contains(&geo::Point::new(x, y)),
        }
    }

    /// Whether it is ground that one walks over, rather than a point with a radius.
    pub fn is_wide(&self) -> bool {
        match self {
            Self::Circle { radius_m } => *radius_m > TYPED_RADIUS_M,
            Self::Outline(_) => self.reach_m() > TYPED_RADIUS_M,
        }
    }

    /// Square metres of the ground as somebody drew it.
    pub fn drawn_m2(&self) -> f64 {
        match self {
            Self::Circle { radius_m } => std::f64::consts::PI * radius_m.powi(2),
            Self::Outline(outline) => outline.unsigned_area(),
        }
    }

    /// Square metres over which a visitor may be anywhere.
    pub fn area_m2(&self) -> f64 {
        match self {
            Self::Circle { .. } => std::f64::consts::PI * self.reach_m().powi(2),
            Self::Outline(outline) => outline.unsigned_area(),
        }
    }
}
