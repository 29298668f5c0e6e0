"""parley, the command line, against a real node: through pipes, at a terminal, for scripts."""

import collections
import itertools
import json
import pathlib
import re
import stat
import unittest

from support.client import PASSWORD, make_person
from support.command_line import WITHIN_S, Chat, Home, TerminalChat
from support.node import Node

numbers = itertools.count(1)


class cli_test(unittest.TestCase):
    """A test with a node on a port that stays its own over restarts."""

    @classmethod
    def setUpClass(cls):
        cls.node = Node()
        try:
            cls.node.start()
            # The clients come back to where the node was.
            cls.node.arguments.append(f"--listen.port={cls.node.url.rsplit(':', 1)[1]}")
        except BaseException:
            cls.node.remove()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.node.remove()

    def home(self, password: str | None = PASSWORD) -> Home:
        home = Home(self.node, password)
        self.addCleanup(home.folder.cleanup)
        return home

    def name(self, beginning: str) -> str:
        return f"{beginning}-{next(numbers)}"

    def person(self, beginning: str) -> str:
        return make_person(self.node, self.name(beginning)).name

    def chat(self, home: Home, *arguments: str) -> Chat:
        chat = Chat(home, *arguments)
        self.addCleanup(chat.stop)
        return chat

    def terminal(self, home: Home, *arguments: str) -> TerminalChat:
        chat = TerminalChat(home, *arguments)
        self.addCleanup(chat.stop)
        return chat

    def restart_node(self) -> None:
        self.node.kill()
        self.node.start()

    def assert_once_in_order(self, chat: Chat, texts: list[str]) -> None:
        shown = [text for text in chat.texts() if text in set(texts)]
        self.assertEqual({text: n for text, n in collections.Counter(shown).items() if n > 1}, {})
        self.assertEqual(set(texts) - set(shown), set())


class chatting(cli_test):
    def test_two_people_talk_through_pipes_over_a_kill_of_the_node(self):
        alice, bob = self.person("alice"), self.person("bob")
        at_alice = self.chat(self.home(), "--user", alice, "--with", bob)
        at_bob = self.chat(self.home(), "--user", bob, "--with", alice)
        for i in range(10):
            at_alice.type(f"a{i}")
            at_bob.type(f"b{i}")
        for chat in (at_alice, at_bob):
            chat.wait_for_texts("a9", "b9")
        self.node.kill()
        for i in range(10, 20):
            at_alice.type(f"a{i}")
            at_bob.type(f"b{i}")
        self.node.start()
        at_alice.type("a20")
        everything = [f"a{i}" for i in range(21)] + [f"b{i}" for i in range(20)]
        for chat in (at_alice, at_bob):
            chat.wait_for_texts(*everything)
            self.assert_once_in_order(chat, everything)
            for sender in "ab":
                own = [text for text in chat.texts() if re.fullmatch(sender + r"\d+", text)]
                self.assertEqual(own, sorted(own, key=lambda text: int(text[1:])))
        # One log: what one saw the other saw, in the same order.
        self.assertEqual(at_alice.texts(), at_bob.texts())
        self.assertEqual([at_alice.end(), at_bob.end()], [0, 0])

    def test_a_terminal_is_shown_everything_once_over_a_kill_of_the_node(self):
        alice, bob = self.person("alice"), self.person("bob")
        at_bob = self.terminal(self.home(), "--user", bob, "--with", alice)
        at_bob.wait_for(lambda rows: any("/help" in row for row in rows), "the conversation")
        at_alice = self.chat(self.home(), "--user", alice, "--with", bob)
        at_alice.type("before")
        at_bob.wait_for_text("before")
        at_bob.type("half a line")
        at_alice.type("while bob is typing")
        at_bob.wait_for_text("while bob is typing")
        at_bob.wait_for(lambda rows: rows[-1].endswith("> half a line"), "the input below what came in")
        at_bob.type(" is whole\r")
        at_alice.wait_for_texts("half a line is whole")
        self.node.kill()
        at_bob.type("written while the node is gone\r")
        at_alice.type("so is this")
        at_bob.wait_for(lambda rows: any("1 unsent" in row for row in rows), "the text waiting")
        self.node.start()
        at_alice.wait_for_texts("written while the node is gone", "so is this")
        for text in ("before", "while bob is typing", "half a line is whole", "written while the node is gone", "so is this"):
            at_bob.wait_for_text(text)
            self.assertEqual(at_bob.shown(text), 1, text)
        at_bob.type("/quit\r")
        self.assertEqual(at_bob.process.wait(WITHIN_S), 0)

    def test_a_group_is_made_in_the_chat_and_hears_everybody_over_a_kill(self):
        names = [self.person(name) for name in ("alice", "bob", "carol")]
        first = self.chat(self.home(), "--user", names[0])
        first.type(f"/group Friends {names[1]},{names[2]}")
        first.type("one")
        first.wait_for_texts("one")
        others = [self.chat(self.home(), "--user", name, "--group", "Friends") for name in names[1:]]
        for each in others:
            each.wait_for_texts("one")
        self.restart_node()
        for i, each in enumerate((first, *others)):
            each.type(f"after {i}")
        everything = ["one", *(f"after {i}" for i in range(3))]
        for each in (first, *others):
            each.wait_for_texts(*everything)
            self.assert_once_in_order(each, everything)
        self.assertEqual(first.texts(), others[0].texts())

    def test_what_was_typed_is_sent_before_the_end_of_the_input_is_the_end(self):
        alice, bob = self.person("alice"), self.person("bob")
        home = self.home()
        done = home.run("chat", "--user", alice, "--with", bob, stdin="".join(f"line {i}\n" for i in range(50)))
        self.assertEqual(done.returncode, 0, done.stderr)
        log = home.run("history", "--user", alice, "--with", bob, "--all", "--json")
        entries = [json.loads(line) for line in log.stdout.splitlines()]
        self.assertEqual([entry["text"] for entry in entries[1:]], [f"line {i}" for i in range(50)])

    def test_what_others_write_cannot_command_the_terminal(self):
        alice, bob = self.person("alice"), self.person("bob")
        sent = self.home().run("send", "--user", alice, "--with", bob, "red \x1b[31m bell \x07 \u009b31m \u202eltr")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        at_bob = self.terminal(self.home(), "--user", bob, "--with", alice)
        at_bob.wait_for(lambda rows: any("bell" in row for row in rows), "the text")
        text = at_bob.raw.decode()
        row = text[text.index("red") : text.index("ltr") + 3]
        self.assertFalse(set(row) & set("\x1b\x07\u009b\u202e"), row)

    def test_a_terminal_asks_for_the_password_and_offers_an_account(self):
        name = self.name("newcomer")
        home = self.home(password=None)
        chat = self.terminal(home, "--user", name)
        chat.wait_for(lambda rows: any("Password of" in row for row in rows), "the question")
        chat.type("a long password\r")
        chat.wait_for(lambda rows: any("[y/N]" in row for row in rows), "the offer")
        chat.type("y\r")
        chat.wait_for(lambda rows: any("again" in row for row in rows), "the second time")
        chat.type("a long password\r")
        chat.wait_for(lambda rows: any("no conversations yet" in row for row in rows), "the chat")
        self.assertNotIn(b"a long password", chat.raw)
        kept = list(pathlib.Path(home.folder.name).rglob("token-*.json"))
        self.assertEqual([stat.S_IMODE(file.stat().st_mode) for file in kept], [0o600])
        chat.type("\x04")
        self.assertEqual(chat.process.wait(WITHIN_S), 0)


class scripts(cli_test):
    def test_the_same_key_twice_is_one_entry(self):
        alice, bob = self.person("alice"), self.person("bob")
        home = self.home()
        sent = [
            home.run("send", "--user", alice, "--with", bob, "--key", "k1", "--json", "once") for _ in range(2)
        ]
        self.assertEqual([each.returncode for each in sent], [0, 0], sent)
        first, second = [json.loads(each.stdout) for each in sent]
        self.assertEqual((first["duplicate"], second["duplicate"]), (False, True))
        self.assertEqual((first["seq"], first["at"]), (second["seq"], second["at"]))
        log = home.run("history", "--user", alice, "--with", bob, "--json").stdout.splitlines()
        self.assertEqual([json.loads(line)["kind"] for line in log], ["create", "message"])
        other = home.run("send", "--user", alice, "--with", bob, "--key", "k1", "another text")
        self.assertEqual((other.returncode, other.stdout), (1, ""))
        self.assertIn("conflict", other.stderr)

    def test_groups_and_people_are_listed_as_tables_and_as_json(self):
        alice, bob = self.person("alice"), self.person("bob")
        home = self.home()
        made = home.run("groups", "--user", alice, "create", "Team", "--members", bob, "--json")
        self.assertEqual(made.returncode, 0, made.stderr)
        group = json.loads(made.stdout)["conversation"]
        listed = [json.loads(line) for line in home.run("groups", "--user", alice, "--json").stdout.splitlines()]
        self.assertEqual([(each["id"], each["name"], each["member_count"]) for each in listed], [(group, "Team", 2)])
        self.assertIn("Team", home.run("groups", "--user", alice).stdout)
        self.assertEqual(home.run("send", "--user", alice, "--group", "Team", "-", stdin="two\nlines\n").returncode, 0)
        shown = home.run("history", "--user", alice, "--group", group).stdout.splitlines()
        self.assertEqual([line.split("\t")[3] for line in shown], [f"* made the group Team with {bob}", "two\\nlines"])
        found = home.run("people", "--user", alice, bob, "--json").stdout
        self.assertEqual(json.loads(found)["name"], bob)

    def test_history_reads_the_newest_or_from_somewhere_or_all(self):
        alice, bob = self.person("alice"), self.person("bob")
        home = self.home()
        home.run("chat", "--user", alice, "--with", bob, stdin="".join(f"{i}\n" for i in range(2, 131)))

        def seqs(*arguments: str) -> list[int]:
            done = home.run("history", "--user", alice, "--with", bob, "--json", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [json.loads(line)["seq"] for line in done.stdout.splitlines()]

        self.assertEqual(seqs("--limit", "3"), [128, 129, 130])
        self.assertEqual(seqs("--limit", "120"), list(range(11, 131)))
        self.assertEqual(seqs("--before", "4"), [1, 2, 3])
        self.assertEqual(seqs("--after", "127"), [128, 129, 130])
        self.assertEqual(seqs("--all"), list(range(1, 131)))

    def test_each_kind_of_failure_has_its_exit_code_and_says_what_to_do(self):
        alice = self.person("alice")
        wrong = self.home("not the password").run("people", "--user", alice, "al")
        self.assertEqual((wrong.returncode, wrong.stdout), (1, ""))
        self.assertIn("password is wrong", wrong.stderr)
        nobody = self.home().run("send", "--user", alice, "--with", "no such person", "hi")
        self.assertEqual((nobody.returncode, nobody.stdout), (1, ""))
        self.assertIn("nobody called", nobody.stderr)
        without = self.home(None).run("people", "--user", alice, "al")
        self.assertEqual(without.returncode, 2)
        self.assertIn("PARLEY_PASSWORD", without.stderr)
        for arguments in ([], ["sing"], ["send", "--user", alice, "hi"], ["people", "--user", alice, "--url", "ftp://x", "al"]):
            done = self.home().run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertNotEqual(done.stderr, "")

    def test_a_node_that_is_not_there_is_exit_code_3(self):
        for command in (["people", "al"], ["chat"]):
            done = self.home().run(command[0], "--user", "alice", "--url", "http://127.0.0.1:1", *command[1:])
            self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
            self.assertIn("is it running?", done.stderr)
        home = self.home()
        del home.environment["PARLEY_URL"]
        done = home.run("people", "--user", "alice", "--data", home.folder.name, "al")
        self.assertEqual(done.returncode, 3)
        self.assertIn("tools/run", done.stderr)

    def test_a_revoked_token_is_replaced_by_the_password(self):
        alice = self.person("alice")
        home = self.home()
        self.assertEqual(home.run("people", "--user", alice, "al").returncode, 0)
        (kept,) = pathlib.Path(home.folder.name).rglob("token-*.json")
        token = json.loads(kept.read_text())["token"]
        self.assertEqual(self.node.call("DELETE", "/v1/tokens/current", token=token)[0], 204)
        self.assertEqual(home.run("people", "--user", alice, "al").returncode, 0)
        self.assertNotEqual(json.loads(kept.read_text())["token"], token)

    def test_every_subcommand_explains_itself(self):
        home = self.home()
        self.assertRegex(home.run("--version").stdout, r"^parley \d+\.\d+\.\d+\n$")
        for command in ("chat", "send", "history", "groups", "people"):
            done = home.run(command, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("Example", done.stdout)


if __name__ == "__main__":
    unittest.main()
