#include "tools/parley/demo/demo_command.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>
#include <memory>

#include "tools/parley/bench/stop_request.hpp"
#include "tools/parley/client/http_call.hpp"
#include "tools/parley/commands/output.hpp"
#include "tools/parley/demo/database.hpp"
#include "tools/parley/demo/demo_folder.hpp"
#include "tools/parley/demo/nodes.hpp"
#include "tools/parley/demo/talk.hpp"

namespace parley::demo {

using client::outcome;
using client::problem;
using client::trouble;
using commands::print_line;
using commands::say;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// How long after a change of the cluster its shards have settled, as a rule.
constexpr auto settled_after = 4s;

struct demo_options {
  std::size_t nodes = 3;
  std::size_t people = 8;
  double per_second = 2;
  std::string keep;
};

/// As one word of a shell.
std::string quoted(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@") ==
      std::string::npos)
    return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return word + "'";
}

std::string own_program() {
  std::error_code failed;
  const auto path = fs::read_symlink("/proc/self/exe", failed);
  return failed ? "parley" : quoted(path.string());
}

class demo {
public:
  explicit demo(const demo_options& options) : options_(options) {}

  outcome<void> run() {
    const bench::stop_request stop;
    auto folder = demo_folder::open(options_.keep);
    if (folder.has_error()) return folder.error();
    say(fmt::format("starting PostgreSQL and {} nodes in {} …", options_.nodes, folder->path().string()));
    const auto password = folder->password();
    if (password.has_error()) return password.error();
    auto server = database::start(folder->path(), options_.nodes);
    if (server.has_error()) return server.error();
    auto done = run_cluster(*folder, *server, *password);
    server->stop(folder->is_kept());
    folder->remove();
    say(folder->is_kept() ? fmt::format("the demo is over; its data stays in {}", folder->path().string())
                          : "the demo is over; nothing of it is left");
    return done;
  }

private:
  outcome<void> run_cluster(const demo_folder& folder, database& server, const std::string& password) {
    nodes cluster;
    auto done = cluster.start(folder.path(), options_.nodes, server.url());
    if (done.has_error()) {
      cluster.stop();
      return done;
    }
    boost::asio::io_context loop{1};
    talk people{loop, cluster, options_.per_second};
    done = people.begin(options_.people, password);
    if (!done.has_error()) {
      tell(folder, cluster, people, password);
      done = watch(loop, server, cluster, people);
      people.leave();
      say(fmt::format("ending after {} messages …", people.said()));
    }
    cluster.stop();
    return done;
  }

  /// Until it is interrupted; a problem when the demo cannot go on.
  outcome<void> watch(boost::asio::io_context& loop, database& server, nodes& cluster, talk& people) {
    std::optional<steady_clock::time_point> look_at_owner;
    while (!bench::stop_request::came()) {
      loop.restart();
      const auto turn_ends = steady_clock::now() + 50ms;
      // Without sessions there is nothing to run, and it returns at once.
      loop.run_until(turn_ends);
      if (steady_clock::now() < turn_ends) pause();
      people.go_on();
      for (const auto& news : cluster.look_after()) {
        say(news);
        look_at_owner = steady_clock::now() + settled_after;
      }
      if (look_at_owner && steady_clock::now() > *look_at_owner) {
        look_at_owner.reset();
        const auto& group = people.groups().front();
        say(owner_line(owner_of(cluster, group), group));
      }
      if (const auto status = server.ended())
        return problem{trouble::failed, fmt::format("PostgreSQL {}; the end of its log:\n{}",
                                                    how_it_ended(*status), end_of(server.log()))};
      if (enter_was_pressed())
        say(people.toggle() ? "they talk again; Enter silences them"
                            : "they are silent; Enter lets them talk");
    }
    return {};
  }

  /// At the terminal, and only while it is ours.
  static bool enter_was_pressed() {
    if (::isatty(STDIN_FILENO) == 0 || ::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return false;
    pollfd in{STDIN_FILENO, POLLIN, 0};
    if (::poll(&in, 1, 0) != 1 || (in.revents & POLLIN) == 0) return false;
    char line[256];
    return ::read(STDIN_FILENO, line, sizeof line) > 0;
  }

  static std::string token_of(const nodes& cluster) {
    std::ifstream in{cluster.token_file()};
    std::string token;
    std::getline(in, token);
    return token;
  }

  /// The node that owns the group now, and runs.
  static const nodes::node* owner_of(const nodes& cluster, const talk::group& what) {
    const auto token = token_of(cluster);
    for (std::size_t i = 0; i < cluster.all().size(); ++i) {
      if (!cluster.serves(i)) continue;
      const auto answer = client::http_call(
          cluster.all()[i].at, "GET", "/v1/operator/where?conversation=" + what.id, std::nullopt, token, 2s);
      if (answer.has_error() || !answer->is_good()) continue;
      const auto* node = cluster.named(client::text_of(client::object_in(answer->body), "owner"));
      if (node != nullptr && node->process.process() != 0) return node;
    }
    return nullptr;
  }

  /// How to kill it.
  static std::string owner_line(const nodes::node* owner, const talk::group& what) {
    if (owner == nullptr) return fmt::format("nobody owns the group '{}' at this moment", what.name);
    return fmt::format("{} owns the group '{}'; kill it: kill -9 {}", owner->name, what.name,
                       owner->process.process());
  }

  void tell(const demo_folder& folder, const nodes& cluster, const talk& people,
            const std::string& password) const {
    const auto& all = cluster.all();
    const auto program = own_program();
    const auto& group = people.groups().front();
    const auto* owner = owner_of(cluster, group);
    // The accident ends bob's node; alice and who watches are at one that outlives it.
    const auto& bobs = owner != nullptr ? *owner : all.back();
    const auto& alices = &bobs == &all.front() ? all.back() : all.front();
    const auto as_operator =
        fmt::format("--url {} --token-file {}", alices.at.url(), quoted(cluster.token_file().string()));
    print_line(fmt::format("A cluster of {} nodes, in {}{}.\n", all.size(), folder.path().string(),
                           folder.is_kept() ? "" : ", which goes when this ends"));
    std::vector<std::vector<std::string>> rows{{"NODE", "PROCESS", "PAGE"}};
    for (const auto& each : all)
      rows.push_back({each.name, std::to_string(each.process.process()), each.at.url() + "/"});
    commands::print_table(rows);
    std::string others;
    for (std::size_t i = 2; i < people.names().size(); ++i)
      others += (i == 2 ? "" : ", ") + people.names()[i];
    const bool is_one = people.names().size() == 3;
    const auto* what_they_do =
        options_.per_second > 0 ? (is_one ? "talks" : "talk") : (is_one ? "says nothing" : "say nothing");
    print_line(fmt::format(
        "\nYou are alice and bob; {} {} unasked. Everybody's password: {}\n\n"
        "Two browsers, two nodes:\n"
        "  alice:     {}/\n"
        "  bob:       {}/\n"
        "All actors, live (the address holds the operator's token), and in a terminal:\n"
        "  {}/topology#token={}\n"
        "  {} top {}\n"
        "  {} topology {}\n"
        "In a terminal:\n"
        "  PARLEY_PASSWORD={} {} chat --user alice --group {} --url {}\n"
        "  PARLEY_PASSWORD={} {} send --user bob --group {} --url {} 'Hello from the other node'\n"
        "The way of one message through all actors:\n"
        "  PARLEY_PASSWORD={} {} trace send --user alice --group {} {} 'Which way?'\n"
        "As the operator:\n"
        "  {} nodes --watch {}\n"
        "  {} where {} {}\n"
        "  {} drain {} --wait {}\n"
        "An accident:\n"
        "  {}\n"
        "  A node that ends starts again after {} s, at the same address.\n",
        others, what_they_do, password, alices.at.url(), bobs.at.url(), alices.at.url(), token_of(cluster),
        program, as_operator, program, as_operator, password, program, group.name, alices.at.url(), password,
        program, group.name, bobs.at.url(), password, program, group.name, as_operator, program, as_operator,
        program, group.id, as_operator, program, bobs.name, as_operator, owner_line(owner, group),
        nodes::away.count()));
    say(::isatty(STDIN_FILENO) != 0 && options_.per_second > 0
            ? "Ctrl-C ends the demo; Enter silences the people"
            : "Ctrl-C ends the demo");
  }

  const demo_options& options_;
};

}  // namespace

void add_demo_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<demo_options>();
  auto* command =
      app.add_subcommand("demo", "Start a cluster to look at, with people who talk, gone on Ctrl-C");
  command->description(
      "Start a cluster to look at, with people who talk, gone on Ctrl-C\n\n"
      "Real nodes (the parleyd beside this program) on free ports of 127.0.0.1, linked under TLS by an\n"
      "authority of their own, on a PostgreSQL that belongs to the demo and not to a node: any node may "
      "die.\n"
      "It prints what to open and to paste: a page on two nodes, a chat in a terminal, the operator's view,\n"
      "and how to kill the node that owns a conversation. A node that ends starts again after 10 s.\n\n"
      "Needs PostgreSQL's programs (Debian: postgresql). Run by root, PostgreSQL is the user postgres.");
  command->add_option("--nodes", options->nodes, "How many")
      ->check(CLI::Range(1, 16))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--people", options->people, "How many; alice and bob are yours, the others talk")
      ->check(CLI::Range(3, 50))
      ->capture_default_str()
      ->type_name("N");
  command->add_option("--rate", options->per_second, "Messages a second of all of them; 0: they say nothing")
      ->check(CLI::Range(0.0, 50.0))
      ->capture_default_str()
      ->type_name("N");
  command
      ->add_option("--keep", options->keep,
                   "Keep everything in this folder, and go on from there the next time; without it, in a "
                   "throw-away folder below TMPDIR or /tmp")
      ->type_name("DIR");
  command->footer(
      "Exit codes: 0 ended by Ctrl-C, 1 could not go on, 2 usage.\n\n"
      "Examples:\n  parley demo\n  parley demo --nodes 5 --people 20 --rate 10\n"
      "  parley demo --keep ~/parley-demo");
  command->callback([options, &exit_code] {
    const auto done = demo{*options}.run();
    exit_code = done.has_error() && !bench::stop_request::came() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::demo
