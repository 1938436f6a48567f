//! What was typed into a form that was refused: it stands there again, beside what is wrong with it.

/// A form that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::web::dashboard) struct Typed {
    /// Which of the page's forms.
    form: String,
    fields: Vec<(&'static str, String)>,
}

impl Typed {
    /// What stood in the fields of `form`. Several of one name are several choices.
    pub(super) fn into(form: impl Into<String>, fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { form: form.into(), fields: fields.into_iter().collect() }
    }

    /// Whether this form was refused.
    pub(super) fn is_of(&self, form: &str) -> bool {
        !self.form.is_empty() && self.form == form
    }

    /// What a field of a form shows: what was typed there, else `otherwise`.
    pub(super) fn text(&self, form: &str, field: &str, otherwise: &str) -> String {
        let typed = self.fields.iter().find(|(name, _)| self.is_of(form) && *name == field);
        typed.map_or(otherwise, |(_, value)| value).to_owned()
    }

    /// Whether a choice is made: as it was in the form that was refused, else `otherwise`.
    pub(super) fn chosen(&self, form: &str, field: &str, choice: &str, otherwise: bool) -> bool {
        match self.is_of(form) {
            true => self.fields.iter().any(|(name, value)| *name == field && value == choice),
            false => otherwise,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_into_one_form_stands_in_no_other() {
        let typed = Typed::into("new", [("name", "keep".to_owned()), ("right", "files".to_owned())]);
        assert_eq!(typed.text("new", "name", "x"), "keep");
        assert_eq!(typed.text("other", "name", "x"), "x");
        assert_eq!(typed.text("new", "from", "%"), "%");
        assert!(typed.chosen("new", "right", "files", false) && !typed.chosen("new", "right", "power", true));
        assert!(typed.chosen("other", "right", "power", true) && !Typed::default().is_of(""));
    }
}
