//! Parts of an area of the screen.

use ratatui_core::layout::Rect;

/// Returns a line of an area, counted from 0. A line below the area is empty.
#[cfg(any(feature = "top", test))]
pub(crate) fn line(area: Rect, at: u16) -> Rect {
    Rect {
        y: area.y + at.min(area.height),
        height: u16::from(at < area.height),
        ..area
    }
}

/// Returns the middle of an area with this size, or the size of the area if that is less.
pub(crate) fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stay_inside_of_their_area() {
        let area = Rect::new(3, 4, 20, 2);
        assert_eq!(line(area, 0), Rect::new(3, 4, 20, 1));
        assert_eq!(line(area, 1), Rect::new(3, 5, 20, 1));
        assert_eq!(line(area, 2), Rect::new(3, 6, 20, 0));
        assert_eq!(line(area, u16::MAX), Rect::new(3, 6, 20, 0));
        assert_eq!(centered(area, 10, 1), Rect::new(8, 4, 10, 1));
        assert_eq!(centered(area, 99, 99), area);
    }
}
