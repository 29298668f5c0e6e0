#include "tools/parley/topology/recorded_lines.hpp"

#include <algorithm>

#include "tools/parley/topology/moment.hpp"

namespace parley::topology {

using client::outcome;
using client::problem;
using client::trouble;

std::vector<frame> frame_maker::of(const watch_lines::lines& lines) {
  std::vector<frame> out;
  for (const auto& each : lines) {
    const bool is_snapshot = client::text_of(each, "what") == "snapshot";
    if (out.empty() || is_snapshot) {
      last_ = std::max(last_, moment_of(client::text_of(each, "at")).value_or(last_));
      out.push_back({is_snapshot ? frame_kind::snapshot : frame_kind::changes, last_, {}});
    }
    out.back().text += client::json_line(each) + '\n';
  }
  return out;
}

outcome<std::vector<recorded_line>> lines_of(const frame& what) {
  std::vector<recorded_line> out;
  const std::string_view all{what.text};
  for (std::size_t begin = 0; begin < all.size();) {
    const auto end = std::min(all.find('\n', begin), all.size());
    recorded_line one{std::string{all.substr(begin, end - begin)}, {}, what.at};
    begin = end + 1;
    auto value = client::parse_json(one.text);
    if (!value || !value->is_object())
      return problem{trouble::failed, "a record holds a line that is no JSON object"};
    one.object = std::move(value->get_object());
    one.at = moment_of(client::text_of(one.object, "at")).value_or(what.at);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace parley::topology
