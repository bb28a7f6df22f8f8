#![deny(warnings)]
use std::pin::Pin;
use std::rc::Rc;

use telemetry_runtime::telemetry_span;

#[derive(Clone, Debug, Default, PartialEq)]
struct Widget {
    height: u16,
    title: String,
}

#[derive(Debug)]
struct Error;

impl Widget {
    #[telemetry_span("widget.new")]
    fn new(height: u16) -> Self {
        Self {
            height,
            title: String::new(),
        }
    }

    #[telemetry_span("widget.try.new")]
    fn try_new(height: u16) -> Result<Self, Error> {
        let height = height.checked_sub(1).ok_or(Error)?;
        Ok(Self::new(height))
    }

    #[telemetry_span("widget.into", fields(self.height = self.height))]
    fn into_title(self) -> String {
        self.title
    }

    #[telemetry_span("widget.try.into", fields(height = self.height))]
    fn try_into_title(self) -> Result<String, Error> {
        if self.height == 0 {
            return Err(Error);
        }
        Ok(self.title)
    }

    #[telemetry_span("widget.shared", fields(?self))]
    fn shared(&self) -> &str {
        &self.title
    }

    #[telemetry_span("widget.unique", fields(title = self.title))]
    fn unique(&mut self) -> &mut String {
        &mut self.title
    }

    #[telemetry_span("widget.try.unique")]
    fn try_unique(&mut self) -> Result<&mut String, Error> {
        if self.height == 0 {
            return Err(Error);
        }
        self.height += 1;
        Ok(&mut self.title)
    }

    #[telemetry_span("widget.pinned", err(Debug))]
    fn pinned(self: Pin<&mut Self>) -> Result<u16, Error> {
        let this = self.get_mut();
        this.height += 1;
        Ok(this.height)
    }

    #[telemetry_span("widget.boxed")]
    fn boxed(self: Box<Self>) -> u16 {
        self.height
    }

    #[telemetry_span("widget.counted")]
    fn counted(self: &Rc<Self>) -> Result<Rc<Self>, Error> {
        Ok(Rc::clone(self))
    }

    #[telemetry_span("widget.static")]
    fn kept(this: &'static str) -> Result<&'static str, Error> {
        Ok(this)
    }
}

struct Generic<'a, T>(&'a mut Vec<T>);

impl<'a, T: Clone> Generic<'a, T> {
    #[telemetry_span("generic.first", fields(count = self.0.len()))]
    fn first(&mut self) -> Result<&mut T, Error> {
        self.0.first_mut().ok_or(Error)
    }

    #[telemetry_span("generic.all")]
    fn all(self) -> Result<&'a mut Vec<T>, Error> {
        Ok(self.0)
    }
}

fn main() {
    let mut widget = Widget::try_new(3).unwrap();
    assert!(Widget::try_new(0).is_err());
    widget.unique().push('a');
    widget.try_unique().unwrap().push('b');
    assert_eq!(widget.shared(), "ab");
    assert_eq!(Pin::new(&mut widget).pinned().unwrap(), 4);
    assert_eq!(Box::new(widget.clone()).boxed(), 4);
    assert_eq!(Rc::new(widget.clone()).counted().unwrap().height, 4);
    assert_eq!(widget.clone().into_title(), "ab");
    assert_eq!(widget.try_into_title().unwrap(), "ab");
    assert_eq!(Widget::kept("a").unwrap(), "a");
    let mut numbers = vec![1, 2];
    let mut generic = Generic(&mut numbers);
    *generic.first().unwrap() = 3;
    assert_eq!(generic.all().unwrap(), &[3, 2]);
}
