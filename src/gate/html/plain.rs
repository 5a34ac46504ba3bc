//! The quick way through most of a page, where it is read in one way and nothing is left to be put in.

use super::{
    super::{
        Error,
        carrier::holds_nothing,
        skim,
        tokenizer::{State, Token, Window},
    },
    Gate,
};

impl Gate {
    /// Says whether the page is read in one way, outside of everything, with nothing left to be put in: where most of a
    /// page stands.
    pub(super) fn is_plain(&self) -> bool {
        let [reading] = &*self.readings else { return false };
        let inserted = self.banner.is_none() && self.head.is_none() && self.takes_banner();
        #[cfg(test)]
        if self.strict {
            return false;
        }
        inserted && !reading.text && reading.held.is_empty() && reading.context.is_plain()
    }

    /// Steps on where [`Gate::is_plain`] holds, up to the next tag that may matter. What it passes over is what
    /// [`Gate::step`] would do nothing with: text, comments, tags that `context` ignores and whose attributes hold nothing
    /// to load.
    pub(super) fn skim(&mut self, last: bool) -> Result<(), Error> {
        let window = Window { bytes: &self.pending, offset: self.offset, last, xml: self.xml };
        let reading = &mut self.readings[0];
        loop {
            if reading.cursor.state == State::Data {
                reading.cursor.at += skim::passed(window.from(reading.cursor.at), self.own_bases);
            }
            match reading.cursor.next(&window, false) {
                None if reading.cursor.state == State::Refused => return Err(Error::Entities),
                None => {
                    reading.waits = true;
                    return Ok(());
                }
                Some(Token::Text(_) | Token::Section(_) | Token::Skipped) => {}
                Some(Token::End(tag)) if reading.context.ignores_end(window.get(&tag.name)) => {}
                Some(Token::Start(tag)) if holds_nothing(&tag, &window, self.own_bases) => {
                    reading.cursor.take_back(tag)
                }
                Some(Token::End(tag)) => return self.end_tag(0, &tag),
                Some(Token::Start(tag)) => return self.start_tag(0, tag),
                Some(Token::Instruction(span)) => {
                    self.instruction(span);
                    return Ok(());
                }
            }
        }
    }
}
