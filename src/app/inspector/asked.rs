//! A question that follows what is on show, and the newest answer to it.

use std::sync::Arc;

/// Seconds that a question must stay the same before it is asked, so that a drag over the map asks once.
const REST: f64 = 0.15;

/// Seconds from one answer to the next while the run changes.
const REFRESH: f64 = 2.0;

/// Where a question stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing<'a> {
    /// Nothing is asked.
    Idle,
    /// The answer is on its way.
    Working,
    /// There will be none; why.
    Failed(&'a str),
    /// The answer is there.
    Done,
}

/// A question with its answer. An answer to an earlier question stays until the next one comes, to be shown dimmed.
#[derive(Debug)]
pub struct Asked<Q, A: ?Sized> {
    question: Option<Q>,
    /// The generation of the run that is asked.
    generation: u64,
    /// When it is to be asked; `None` once it was.
    due: Option<f64>,
    answer: Option<Arc<A>>,
    /// Whether `answer` is the answer to `question`.
    answered: bool,
    failure: Option<String>,
    /// Whether an answer is on its way.
    asking: bool,
}

impl<Q, A: ?Sized> Default for Asked<Q, A> {
    fn default() -> Self {
        Self { question: None, generation: 0, due: None, answer: None, answered: false, failure: None, asking: false }
    }
}

impl<Q: Clone + PartialEq, A: ?Sized> Asked<Q, A> {
    /// Says what is to be known now of the run of `generation`; the same as before changes nothing.
    pub fn want(&mut self, question: Option<Q>, generation: u64, now: f64) {
        if self.question == question && self.generation == generation {
            return;
        }
        if question.is_none() || self.generation != generation {
            self.answer = None;
        }
        self.due = question.is_some().then_some(now + REST);
        (self.question, self.generation) = (question, generation);
        (self.answered, self.failure) = (false, None);
    }

    /// The question, if it is time to ask it; then it counts as asked.
    pub fn due(&mut self, now: f64) -> Option<Q> {
        let due = self.due?;
        if now < due {
            return None;
        }
        self.due = None;
        self.asking = self.question.is_some();
        self.question.clone()
    }

    /// Seconds until the question is to be asked.
    pub fn rest(&self, now: f64) -> Option<f64> {
        self.due.map(|due| (due - now).max(0.0))
    }

    /// Takes the answer to `question` about the run of `generation`, unless something else is wanted by now.
    pub fn take(&mut self, question: &Q, generation: u64, answer: Arc<A>) {
        if self.question.as_ref() == Some(question) && self.generation == generation && self.due.is_none() {
            (self.answer, self.answered, self.failure) = (Some(answer), true, None);
            self.asking = false;
        }
    }

    /// No answer will come to what was asked last.
    pub fn fail(&mut self, message: &str) {
        if self.question.is_some() && self.due.is_none() && self.asking {
            (self.answer, self.failure) = (None, Some(message.to_owned()));
            (self.answered, self.asking) = (false, false);
        }
    }

    /// No answer is on its way any more.
    pub fn ended(&mut self) {
        self.asking = false;
    }

    /// Asks once more.
    pub fn again(&mut self, now: f64) {
        (self.due, self.failure, self.answered) = (Some(now), None, false);
    }

    /// The run says something else by now: what is answered is asked anew in a while, and stays on show until then. An answer
    /// that is on its way is waited for, so that one comes however often the run changes.
    pub fn refresh(&mut self, now: f64) {
        if self.answered && !self.asking && self.due.is_none() {
            self.due = Some(now + REFRESH);
        }
    }

    /// The question.
    pub fn question(&self) -> Option<&Q> {
        self.question.as_ref()
    }

    /// Where it stands.
    pub fn standing(&self) -> Standing<'_> {
        match (&self.question, &self.failure) {
            (None, _) => Standing::Idle,
            (_, Some(message)) => Standing::Failed(message),
            _ if self.answered => Standing::Done,
            _ => Standing::Working,
        }
    }

    /// The newest answer, perhaps to an earlier question of the same run.
    pub fn newest(&self) -> Option<Arc<A>> {
        self.answer.clone()
    }

    /// The answer to the question.
    pub fn answer(&self) -> Option<&Arc<A>> {
        self.answer.as_ref().filter(|_| self.answered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(question: u32) -> Asked<u32, str> {
        let mut asked = Asked::default();
        asked.want(Some(question), 1, 0.0);
        assert_eq!(asked.due(1.0), Some(question));
        asked
    }

    #[test]
    fn a_question_rests_before_it_is_asked_and_is_asked_once() {
        let mut asked: Asked<u32, str> = Asked::default();
        asked.want(Some(1), 1, 0.0);
        assert_eq!(asked.due(REST / 2.0), None);
        asked.want(Some(2), 1, REST / 2.0);
        assert_eq!(asked.due(REST), None, "it changed in between");
        assert_eq!(asked.due(REST * 2.0), Some(2));
        assert_eq!(asked.due(REST * 3.0), None);
        asked.want(Some(2), 1, 9.0);
        assert_eq!(asked.due(10.0), None, "it is the same");
        asked.want(Some(2), 2, 10.0);
        assert_eq!(asked.due(11.0), Some(2), "of another run it is another question");
    }

    #[test]
    fn a_late_answer_is_dropped_and_the_one_before_stays_marked() {
        let mut asked = asked(1);
        asked.take(&1, 1, Arc::from("one"));
        assert_eq!((asked.standing(), asked.answer().is_some()), (Standing::Done, true));
        asked.want(Some(2), 1, 2.0);
        asked.take(&1, 1, Arc::from("one, late"));
        assert_eq!(asked.standing(), Standing::Working);
        assert_eq!((asked.answer().is_none(), asked.newest().as_deref()), (true, Some("one")));
        assert_eq!(asked.due(3.0), Some(2));
        asked.take(&2, 7, Arc::from("of another run"));
        assert_eq!(asked.standing(), Standing::Working);
        asked.want(None, 1, 4.0);
        assert_eq!((asked.standing(), asked.newest()), (Standing::Idle, None));
    }

    #[test]
    fn what_is_on_show_is_asked_anew_while_the_run_changes_and_never_starves() {
        let mut asked = asked(1);
        asked.refresh(1.5);
        assert_eq!(asked.rest(1.5), None, "the first answer is on its way");
        asked.take(&1, 1, Arc::from("one"));
        asked.refresh(2.0);
        asked.refresh(3.0);
        assert_eq!(asked.due(2.0 + REFRESH), Some(1));
        assert_eq!(asked.standing(), Standing::Done);
        asked.refresh(9.0);
        assert_eq!(asked.rest(9.0), None, "an answer is on its way");
        asked.take(&1, 1, Arc::from("one, newer"));
        assert_eq!((asked.standing(), asked.newest().as_deref()), (Standing::Done, Some("one, newer")));
        asked.refresh(10.0);
        asked.want(Some(2), 1, 10.1);
        assert_eq!(asked.due(10.1 + REST), Some(2), "what is selected now comes first");
    }

    #[test]
    fn what_failed_says_why_and_is_asked_again() {
        let mut asked = asked(1);
        asked.fail("there is no such row");
        assert_eq!(asked.standing(), Standing::Failed("there is no such row"));
        asked.again(5.0);
        assert_eq!(asked.standing(), Standing::Working);
        assert_eq!(asked.due(5.0), Some(1));
        asked.take(&1, 1, Arc::from("one"));
        asked.fail("an earlier one");
        assert_eq!(asked.standing(), Standing::Done, "what is answered does not fail any more");
    }
}
