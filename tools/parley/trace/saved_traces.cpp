#include "tools/parley/trace/saved_traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parser.hpp>
#include <boost/system/error_code.hpp>

#include "tools/parley/client/json.hpp"
#include "tools/parley/topology/whole_file.hpp"

namespace parley::trace {

using client::outcome;
using client::problem;
using client::trouble;
namespace json = client::json;

namespace {

/// Whether a text is spans, one a line, as an experiment keeps them.
bool is_lines_of_spans(std::string_view text) {
  const auto line = text.substr(0, text.find('\n'));
  const auto first = client::parse_json(line);
  return first && first->is_object() && first->get_object().contains("span");
}

outcome<collection> spans_in_lines(const std::string& file, std::string_view text) {
  json::array spans;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto span = client::parse_json(line);
    if (!span)
      return problem{trouble::failed, fmt::format("{}: line {} is no span: it is not JSON", file, number)};
    spans.push_back(std::move(*span));
  }
  auto out = read_collection(
      json::object{{"taken_at", 0}, {"lost", 0}, {"missing", json::array{}}, {"spans", std::move(spans)}});
  if (out.has_error()) return problem{trouble::failed, fmt::format("{}: {}", file, out.error().message)};
  return out;
}

}  // namespace

outcome<collection> saved_traces(const std::string& file) {
  const auto text = topology::whole_file(file == "-" ? "/dev/stdin" : file);
  if (text.has_error()) return text.error();
  if (is_lines_of_spans(*text)) return spans_in_lines(file, *text);
  boost::json::parser in;
  boost::system::error_code failed;
  const auto read = in.write_some({text->data(), text->size()}, failed);
  if (!failed && text->find_first_not_of(" \t\r\n", read) != std::string::npos)
    return problem{trouble::failed, fmt::format("{}: more follows after the traces at byte {}", file, read)};
  if (failed)
    return problem{
        trouble::failed,
        fmt::format("{} holds no traces: at byte {}: {}; what parley trace --format json wrote is read", file,
                    read, failed.message())};
  auto out = read_collection(in.release());
  if (out.has_error())
    return problem{trouble::failed,
                   fmt::format("{} holds no traces: {}; what parley trace --format json wrote is read", file,
                               out.error().message)};
  return out;
}

}  // namespace parley::trace
