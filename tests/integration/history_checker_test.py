"""Each planted violation of the promise is caught, and a history that keeps it is not blamed."""

import unittest

from support.history_checker import Recording, Stream, violations


def entry(seq: int, key: str, text: str, sender: str = "1") -> dict:
    return {"seq": seq, "sender": sender, "kind": "message", "key": key, "text": text, "at": f"t{seq}"}


def kept() -> Recording:
    log = [
        {"seq": 1, "sender": "1", "kind": "create", "key": "g", "at": "t1", "members": ["1", "2"]},
        entry(2, "a", "one"),
        entry(3, "b", "two"),
        entry(4, "a", "uno", sender="2"),
        entry(5, "c", "three"),
    ]
    return Recording(
        sent={"1": [("a", "one"), ("b", "two"), ("c", "three"), ("d", "never arrived")], "2": [("a", "uno")]},
        acknowledged=[("1", "a", 2), ("1", "a", 2), ("1", "b", 3), ("2", "a", 4)],
        streams=[Stream("1", 1, log[1:3]), Stream("1", 3, log[3:]), Stream("2", 1, log[1:])],
        views={"1": {each["seq"]: each for each in log}, "2": {each["seq"]: each for each in log}},
        log=log,
    )


class the_history_checker(unittest.TestCase):
    def assert_caught(self, recording: Recording, *kinds: str):
        found = violations(recording)
        for kind in kinds:
            self.assertTrue(any(text.startswith(kind + ":") for text in found), (kind, found))

    def test_blames_nobody_for_a_promise_kept(self):
        self.assertEqual(violations(kept()), [])

    def test_catches_a_hole(self):
        recording = kept()
        recording.log = [each for each in recording.log if each["seq"] != 3]
        self.assert_caught(recording, "hole", "lost", "phantom")

    def test_catches_an_acknowledged_entry_that_is_gone(self):
        recording = kept()
        recording.acknowledged.append(("1", "d", 6))
        self.assert_caught(recording, "lost")

    def test_catches_an_acknowledgement_of_another_place(self):
        recording = kept()
        recording.acknowledged.append(("1", "c", 4))
        self.assert_caught(recording, "lost")

    def test_catches_a_double(self):
        recording = kept()
        recording.log.append(entry(6, "c", "three"))
        self.assert_caught(recording, "double")

    def test_catches_an_altered_and_an_invented_entry(self):
        recording = kept()
        recording.log[4] = entry(5, "c", "four")
        self.assert_caught(recording, "altered", "view", "push")
        recording = kept()
        recording.log[4] = entry(5, "z", "three")
        self.assert_caught(recording, "invented")

    def test_catches_lost_order(self):
        recording = kept()
        recording.log[1], recording.log[2] = entry(2, "b", "two"), entry(3, "a", "one")
        self.assert_caught(recording, "order")

    def test_lets_what_was_refused_for_now_and_sent_again_come_later(self):
        recording = kept()
        recording.log[1], recording.log[2] = entry(2, "b", "two"), entry(3, "a", "one")
        recording.refused.add(("1", "a"))
        self.assertFalse([each for each in violations(recording) if each.startswith("order:")])
        recording.refused = {("1", "b")}
        self.assert_caught(recording, "order")

    def test_catches_a_push_left_out_or_shown_twice(self):
        recording = kept()
        del recording.streams[2].pushed[1]
        self.assert_caught(recording, "push")
        recording = kept()
        recording.streams[2].pushed.insert(1, recording.streams[2].pushed[0])
        self.assert_caught(recording, "push")

    def test_catches_a_push_of_what_was_never_committed(self):
        recording = kept()
        recording.streams[2].pushed.append(entry(6, "d", "never arrived"))
        self.assert_caught(recording, "push")

    def test_catches_a_client_that_missed_something(self):
        recording = kept()
        del recording.views["2"][3]
        self.assert_caught(recording, "missed")


if __name__ == "__main__":
    unittest.main()
