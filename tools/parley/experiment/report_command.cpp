#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/experiment/experiment_command.hpp"
#include "tools/parley/experiment/report_data.hpp"
#include "tools/parley/experiment/report_page.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::experiment {

using client::outcome;

namespace {

struct report_options {
  std::string folder;
  std::string output;
  bool only_data = false;
};

/// A text between tags.
std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return out;
}

/// JSON within a script: no tag can begin in it.
std::string embedded(const json::value& what) {
  std::string out;
  for (const char c : client::json_line(what)) out += c == '<' ? std::string{"\\u003c"} : std::string(1, c);
  return out;
}

/// The page with these texts in its places.
std::string filled(std::string_view page, std::string_view title, std::string_view data) {
  std::string out;
  for (std::size_t at = 0;;) {
    const auto place = page.find("{{", at);
    out += page.substr(at, place - at);
    if (place == std::string_view::npos) return out;
    const auto rest = page.substr(place);
    const bool is_title = rest.starts_with("{{title}}");
    const bool is_data = rest.starts_with("{{data}}");
    out += is_title ? title : is_data ? data : rest.substr(0, 2);
    at = place + (is_title ? 9 : is_data ? 8 : 2);
  }
}

outcome<std::string> make_report(const report_options& options) {
  const auto folder = measured_folder::open(options.folder);
  if (folder.has_error()) return folder.error();
  const auto data = report_data(*folder);
  if (data.has_error()) return data.error();
  if (options.only_data) {
    commands::print_line(client::json_line(*data));
    return std::string{};
  }
  const auto file =
      options.output.empty() ? folder->path / "report.html" : std::filesystem::path{options.output};
  const auto page =
      filled(report_page(), escaped_html(client::text_of(folder->manifest, "name")), embedded(*data));
  if (const auto done = topology::replace_file(file, page); done.has_error()) return done.error();
  return file.string();
}

}  // namespace

void add_report_command(CLI::App& experiment, int& exit_code) {
  auto options = std::make_shared<report_options>();
  auto* command = experiment.add_subcommand("report", "Make a page with plots of a folder that `run` left");
  command->description(
      "Make a page with plots of a folder that `run` left\n\n"
      "One HTML file that needs nothing else and asks no address: rates with the faults marked, latencies "
      "over\n"
      "time and as a distribution, mailboxes and commits, shards and sessions by node, the graph of who "
      "writes\n"
      "to whom before and after each fault, how long each fault was felt, the critical path of traced "
      "messages\n"
      "if there are any, and the experiment itself with the programs and the machine.");
  command->add_option("folder", options->folder, "The folder")->required()->type_name("FOLDER");
  command->add_option("-o,--output", options->output, "The page's file; without it, report.html in FOLDER")
      ->type_name("FILE");
  command->add_flag("--json", options->only_data, "Print what the page draws as JSON, and make no page");
  command->footer(
      "Exit codes: 0 done, 1 the folder is not whole or the page cannot be written, 2 usage.\n\n"
      "Examples:\n  parley experiment report node-dies\n"
      "  parley experiment report node-dies -o /tmp/node-dies.html\n"
      "  parley experiment report node-dies --json | jq '.faults[].outage'");
  command->callback([options, &exit_code] {
    const auto made = make_report(*options);
    if (made.has_error()) {
      exit_code = commands::report(made.error());
      return;
    }
    if (!made->empty()) commands::say("the report is in " + *made);
    exit_code = 0;
  });
}

}  // namespace parley::experiment
