"""The checker of the house finds each planted violation, and nothing in a house that is in order."""

import pathlib
import tempfile
import unittest

import check_house

IN_ORDER = {
    "README.md": "# a house\n",
    "actors/README.md": "# actors\n",
    "actors/contract/values/README.md": "# values\n",
    "actors/contract/values/ids.hpp": "#pragma once\n#include <string>\n",
    "actors/session/README.md": "# session\n",
    "actors/session/session.cpp": '#include <caf/all.hpp>\n#include "actors/contract/values/ids.hpp"\n',
    "transport/README.md": "# transport\n",
    "transport/server.cpp": '#include <boost/beast/core.hpp>\n#include "actors/contract/values/ids.hpp"\n',
    "persistence/README.md": "# persistence\n",
    "persistence/log.cpp": '#include <pqxx/pqxx>\n#include "actors/contract/values/ids.hpp"\n',
    "config/README.md": "# config\n",
    "config/yaml_file.cpp": "#include <yaml-cpp/yaml.h>\n",
    "tools/README.md": "# tools\n",
    "tools/parleyd/README.md": "# parleyd\n",
    "tools/parleyd/main.cpp": '#include "transport/server.hpp"\n#include "persistence/log.hpp"\n',
}


class the_checker(unittest.TestCase):
    def check(self, planted: dict[str, str], without: tuple[str, ...] = ()) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in {**IN_ORDER, **planted}.items():
                if path in without:
                    continue
                file = pathlib.Path(folder) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            return check_house.check(pathlib.Path(folder))

    def assert_finds_one(self, path: str, text: str, says: str):
        found = self.check({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(path + ":"), found)
        self.assertIn(says, found[0])

    def test_is_content_with_a_house_in_order(self):
        self.assertEqual(self.check({}), [])

    def test_keeps_caf_and_beast_out_of_the_values(self):
        for line in ("#include <caf/actor.hpp>", "#include <boost/beast/http.hpp>", "#include <boost/asio.hpp>"):
            self.assert_finds_one("actors/contract/values/ids.hpp", "#pragma once\n" + line + "\n", "must not know")

    def test_keeps_values_from_knowing_the_interfaces(self):
        self.assert_finds_one(
            "actors/contract/values/ids.hpp",
            '#pragma once\n#include "actors/contract/interfaces/messages.hpp"\n',
            "may know only",
        )

    def test_keeps_sockets_database_and_yaml_out_of_actors(self):
        for library in ("boost/beast/core.hpp", "boost/asio/post.hpp", "pqxx/pqxx", "libpq-fe.h", "yaml-cpp/yaml.h"):
            self.assert_finds_one("actors/session/session.cpp", f"#include <{library}>\n", "must not know")

    def test_keeps_actors_from_knowing_transport_and_persistence(self):
        for header in ("transport/server.hpp", "persistence/log.hpp", "config/options.hpp"):
            self.assert_finds_one("actors/session/session.cpp", f'#include "{header}"\n', "may know only")

    def test_keeps_beast_and_caf_out_of_the_protocol(self):
        for library in ("boost/beast/core.hpp", "caf/all.hpp"):
            found = self.check({"transport/protocol/README.md": "#\n", "transport/protocol/x.cpp": f"#include <{library}>\n"})
            self.assertEqual(len(found), 1, found)

    def test_keeps_transport_from_knowing_actors_and_persistence(self):
        for header in ("actors/session/session.hpp", "actors/contract/interfaces/messages.hpp", "persistence/log.hpp"):
            self.assert_finds_one("transport/server.cpp", f'#include "{header}"\n', "may know only")
        self.assert_finds_one("transport/server.cpp", "#include <caf/all.hpp>\n", "must not know")

    def test_keeps_persistence_from_knowing_actors_and_transport(self):
        for header in ("actors/session/session.hpp", "transport/server.hpp"):
            self.assert_finds_one("persistence/log.cpp", f'#include "{header}"\n', "may know only")

    def test_lets_one_file_include_yaml(self):
        self.assert_finds_one("config/options.cpp", "#include <yaml-cpp/yaml.h>\n", "only config/yaml_file.cpp")
        self.assert_finds_one("tools/parleyd/main.cpp", "#include <yaml-cpp/yaml.h>\n", "only config/yaml_file.cpp")

    def test_keeps_the_server_out_of_the_command_line(self):
        for header in ("actors/contract/values/ids.hpp", "transport/protocol/json_writer.hpp"):
            found = self.check({"tools/parley/README.md": "#\n", "tools/parley/main.cpp": f'#include "{header}"\n'})
            self.assertEqual(len(found), 1, found)

    def test_lets_experiments_read_yaml_by_the_one_file_that_does(self):
        readme = {"tools/parley/experiment/README.md": "#\n", "tools/parley/README.md": "#\n"}
        where = "tools/parley/experiment/settings_file.cpp"
        self.assertEqual(self.check({**readme, where: '#include "config/yaml_file.hpp"\n'}), [])
        for line in ('#include "config/load.hpp"\n', "#include <yaml-cpp/yaml.h>\n"):
            self.assertEqual(len(self.check({**readme, where: line})), 1, line)
        self.assertEqual(len(self.check({**readme, "tools/parley/main.cpp": '#include "config/yaml_file.hpp"\n'})), 1)

    def test_lets_nobody_include_the_node_or_the_tests(self):
        found = self.check({"transport/server.cpp": '#include "tests/support/clock.hpp"\n'})
        self.assertTrue(any("only tests know tests" in line for line in found), found)
        found = self.check({"config/options.cpp": '#include "tools/parleyd/main.hpp"\n'})
        self.assertTrue(any("knows everybody" in line for line in found), found)

    def test_wants_includes_from_the_root(self):
        for header in ("session.hpp", "../session/session.hpp", "actors/../transport/server.hpp"):
            self.assert_finds_one("tools/parleyd/main.cpp", f'#include "{header}"\n', "from the root")

    def test_limits_the_length_of_a_file(self):
        self.assertEqual(self.check({"persistence/long.cpp": "\n" * 400}), [])
        self.assert_finds_one("persistence/long.cpp", "\n" * 401, "401 lines")

    def test_wants_a_pragma_once(self):
        self.assert_finds_one("persistence/log.hpp", "#include <string>\n", "#pragma once")

    def test_wants_a_readme_in_every_room(self):
        found = self.check({}, without=("actors/session/README.md",))
        self.assertEqual(found, ["actors/session:1: has no README.md that says what it is for"])
        found = self.check({}, without=("tools/README.md",))
        self.assertEqual(found, ["tools:1: has no README.md that says what it is for"])

    def test_finds_what_is_unfinished(self):
        self.assert_finds_one("persistence/log.cpp", "// TO" + "DO: later\n", "finish it")

    def test_finds_tests_that_sleep_or_skip(self):
        for text in ("std::this_thread::sleep" + "_for(1s);", "GTEST_" + "SKIP();"):
            found = self.check({"tests/README.md": "#\n", "tests/x_test.cpp": text + "\n"})
            self.assertEqual(len(found), 1, found)

    def test_finds_names_of_somebodys_machine(self):
        self.assert_finds_one("README.md", "cd /ho" + "me/somebody/parley\n", "somebody's machine")


if __name__ == "__main__":
    unittest.main()
