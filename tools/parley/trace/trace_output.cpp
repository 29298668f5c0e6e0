#include "tools/parley/trace/trace_output.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>

#include "tools/parley/commands/output.hpp"
#include "tools/parley/topology/whole_file.hpp"
#include "tools/parley/trace/summary.hpp"

namespace parley::trace {

using client::outcome;

namespace {

const std::map<std::string, trace_format>& trace_formats() {
  static const std::map<std::string, trace_format> all{{"waterfall", trace_format::waterfall},
                                                       {"json", trace_format::json},
                                                       {"chrome", trace_format::chrome},
                                                       {"otlp", trace_format::otlp},
                                                       {"shiviz", trace_format::shiviz}};
  return all;
}

int columns_of_terminal() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string waterfalls(const collection& what, const waterfall_look& look, const std::string& only) {
  span_store all;
  for (const auto& each : what.spans) all.add(each);
  std::map<std::string, const sent_message*> sent;
  for (const auto& each : what.sent) sent.emplace(each.trace, &each);
  std::vector<measured_trace> measured;
  std::string out;
  for (const auto& trace : all.traces()) {
    const auto tree = make_tree(trace, all);
    const auto found = sent.find(trace);
    // Others are here for what is shared with them.
    if (!only.empty() && trace != only) continue;
    if (!out.empty()) out += '\n';
    out += waterfall(tree, found == sent.end() ? nullptr : found->second, look);
    if (what.sent.size() > 1) measured.push_back(measure(tree));
  }
  if (what.sent.size() > 1) out += '\n' + summary_table(what.sent, measured);
  return out;
}

}  // namespace

void add_output_options(CLI::App& command, output_options& options) {
  std::vector<std::string> names;
  for (const auto& [name, format] : trace_formats()) names.push_back(name);
  command
      .add_option(
          "-f,--format", options.format,
          "waterfall, json, chrome (Perfetto), otlp (OpenTelemetry) or shiviz (vector clocks); else a "
          "waterfall at a terminal and json elsewhere")
      ->check(CLI::IsMember(names))
      ->type_name("FORMAT");
  command.add_option("-o,--output", options.output, "Write to this file")->type_name("FILE");
  command.add_flag("--all", options.all, "In a waterfall a line for each span, also where many are alike");
  command.add_option("--hosts", options.hosts, "Who has a clock of its own in shiviz: actors or nodes")
      ->check(CLI::IsMember({"actors", "nodes"}))
      ->capture_default_str()
      ->type_name("WHO");
}

trace_format format_of(const output_options& options, bool as_json) {
  if (!options.format.empty()) return trace_formats().at(options.format);
  return as_json || !options.output.empty() || ::isatty(STDOUT_FILENO) == 0 ? trace_format::json
                                                                            : trace_format::waterfall;
}

waterfall_look look_of(const output_options& options) {
  waterfall_look out;
  out.fold = options.all ? folding::off : folding::on;
  if (!options.output.empty()) return out;
  out.columns = columns_of_terminal();
  out.colours = commands::stdout_colouring();
  return out;
}

std::string rendered(const collection& what, trace_format format, const output_options& options) {
  switch (format) {
    case trace_format::waterfall:
      return waterfalls(what, look_of(options), options.only);
    case trace_format::chrome:
      return to_chrome(what);
    case trace_format::otlp:
      return to_otlp(what);
    case trace_format::shiviz:
      return to_shiviz(what, options.hosts == "nodes" ? shiviz_hosts::nodes : shiviz_hosts::actors);
    case trace_format::json:
      break;
  }
  return client::json_line(to_json(what)) + '\n';
}

outcome<void> can_write_out(const output_options& options) {
  if (options.output.empty()) return {};
  const std::filesystem::path file{options.output};
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    return client::problem{client::trouble::failed,
                           fmt::format("{} is a folder: name a file", options.output)};
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return client::problem{
        client::trouble::failed,
        fmt::format("{} cannot be written: {}: {}", options.output, folder.string(), std::strerror(errno))};
  return {};
}

outcome<void> write_out(const std::string& text, const output_options& options) {
  if (!options.output.empty()) return topology::replace_file(options.output, text);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) != 0)
    return client::problem{client::trouble::failed, "stdout takes no more: not all of it was written"};
  return {};
}

}  // namespace parley::trace
