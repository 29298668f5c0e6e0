#include "actors/conversation/request_lines.hpp"

#include <algorithm>

namespace parley {

request_lines::session_line& request_lines::line_of(const address& from) {
  if (const auto known = lines_.find(from); known != lines_.end()) {
    by_use_.splice(by_use_.begin(), by_use_, known->second);
    return by_use_.front();
  }
  if (lines_.size() >= sessions_max_) {
    lines_.erase(by_use_.back().from);
    by_use_.pop_back();
  }
  by_use_.emplace_front();
  by_use_.front().from = from;
  lines_.emplace(from, by_use_.begin());
  return by_use_.front();
}

request_lines::verdict request_lines::judge(const address& from, std::uint64_t line, std::uint64_t number,
                                            std::uint64_t ordinal) {
  auto& current = line_of(from);
  if (line < current.line) return verdict::drop;
  if (line > current.line) {
    current.line = line;
    current.next = 1;
    current.ended = false;
    if (number == 1)
      std::erase_if(current.refused, [ordinal](const auto& known) { return known.first < ordinal; });
  }
  if (current.ended || number < current.next) return verdict::drop;
  if (number > current.next) return verdict::resend;
  ++current.next;
  return verdict::take;
}

void request_lines::refuse(const address& from, std::uint64_t ordinal, const failure& why) {
  if (ordinal == 0) return;
  auto& refused = line_of(from).refused;
  refused.emplace_back(ordinal, why);
  if (refused.size() > refusals_max) refused.pop_front();
}

std::optional<failure> request_lines::refusal_of(const address& from, std::uint64_t ordinal) const {
  const auto known = lines_.find(from);
  if (ordinal == 0 || known == lines_.end()) return std::nullopt;
  const auto& refused = known->second->refused;
  const auto found = std::ranges::find(refused, ordinal, &std::pair<std::uint64_t, failure>::first);
  return found == refused.end() ? std::nullopt : std::optional(found->second);
}

void request_lines::end(const address& from, std::uint64_t line) {
  auto& current = line_of(from);
  if (current.line == line) current.ended = true;
}

}  // namespace parley
