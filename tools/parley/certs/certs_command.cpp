#include "tools/parley/certs/certs_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/certs/authority.hpp"
#include "tools/parley/client/json.hpp"
#include "tools/parley/commands/output.hpp"

namespace parley::certs {

using client::outcome;
namespace json = client::json;

namespace {

struct certs_options {
  std::string folder;
  std::vector<std::string> nodes;
  int days = 1'825;
  bool as_json = false;
};

json::object object_of(const files& made, bool is_new) {
  json::object line;
  line["node"] = made.name.empty() ? json::value(nullptr) : json::value(made.name);
  line["certificate"] = made.certificate.string();
  line["key"] = made.key.string();
  line["until"] = made.until;
  line["new"] = is_new;
  return line;
}

void show(const certs_options& options, const authority& by, const std::vector<files>& made) {
  if (options.as_json) {
    commands::print_line(client::json_line(object_of(by.where(), by.is_new())));
    for (const auto& each : made) commands::print_line(client::json_line(object_of(each, true)));
    return;
  }
  std::vector<std::vector<std::string>> rows{{"NODE", "CERTIFICATE", "KEY", "UNTIL"}};
  const auto add = [&rows](const std::string& name, const files& of) {
    rows.push_back({name, of.certificate.string(), of.key.string(), of.until});
  };
  add(by.is_new() ? "(authority, new)" : "(authority)", by.where());
  for (const auto& each : made) add(each.name, each);
  commands::print_table(rows);
  if (made.empty()) return commands::say("no node was named; sign for some with --nodes node-1,node-2");
  commands::say(fmt::format("give each node its own two files and {}; keep {} away from them",
                            by.where().certificate.filename().string(), by.where().key.filename().string()));
}

outcome<void> run(const certs_options& options) {
  if (const auto fine = authority::check_names(options.nodes); fine.has_error()) return fine.error();
  const auto by = authority::open_or_make(options.folder);
  if (by.has_error()) return by.error();
  const auto made = by->sign(options.nodes, options.days);
  if (made.has_error()) return made.error();
  show(options, *by, *made);
  return {};
}

}  // namespace

void add_certs_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<certs_options>();
  auto* command = app.add_subcommand("certs", "Make a cluster's authority and its nodes' certificates");
  command->description(
      "Make a cluster's authority and its nodes' certificates\n\n"
      "Nodes that other machines can reach speak to each other under TLS, and believe whoever the cluster's\n"
      "own authority signed, and nobody else. The first call makes that authority in the folder: ca.crt,\n"
      "which every node gets, and ca.key, which signs and belongs on no node. Each call signs for the nodes\n"
      "named: NAME.crt and NAME.key. No file is ever written over.\n\n"
      "On node-1, and likewise on the others:\n"
      "  cluster:\n"
      "    address: 10.0.0.1\n"
      "    tls: { certificate: node-1.crt, key: node-1.key, ca: ca.crt }\n\n"
      "Keys are ECDSA P-256, readable by their owner only (mode 0600); give them to the user that the node\n"
      "runs as. Certificates are X.509 v3 for servers and clients, with the node's name as alternative "
      "name.\n"
      "The authority is good for 10 years. To renew a node, move its two files away, sign again, and send "
      "it\n"
      "SIGHUP (systemctl reload parley); links that stand are not touched. A certificate that was stolen "
      "stays\n"
      "good until its end, unless all nodes get a new authority.");
  command->add_option("folder", options->folder, "Where the files are, or are to be")
      ->required()
      ->type_name("DIR");
  command->add_option("--nodes", options->nodes, "Sign for these, separated by commas; as in their node.name")
      ->delimiter(',')
      ->type_name("NAMES");
  command->add_option("--days", options->days, "How long the nodes' certificates are good")
      ->check(CLI::Range(1, authority::days))
      ->capture_default_str()
      ->type_name("N");
  command->add_flag("--json", options->as_json,
                    "One JSON object for each certificate, the authority's first");
  command->footer(
      "Exit codes: 0 made, 1 failed, 2 usage.\n\n"
      "Examples:\n  parley certs cluster-certs --nodes node-1,node-2,node-3\n"
      "  parley certs cluster-certs --nodes node-4 --days 365 --json");
  command->callback([options, &exit_code] {
    const auto done = run(*options);
    exit_code = done.has_error() ? commands::report(done.error()) : 0;
  });
}

}  // namespace parley::certs
