#include "actors/session/outstanding_writes.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley {

std::optional<outstanding_write> outstanding_writes::add(outstanding_write request) {
  auto& line = lines_[request.conversation];
  if (line.ended) {
    line.unanswered.push_back(std::move(request));
    return std::nullopt;
  }
  if (line.line == 0) line.line = ++last_line_;
  request.line = line.line;
  request.number = ++line.last_number;
  line.last_sent = request.asked;
  return line.unanswered.emplace_back(std::move(request));
}

std::vector<outstanding_write> outstanding_writes::release(conversation_id conversation, time_point now) {
  const auto found = lines_.find(conversation);
  if (found == lines_.end() || !found->second.ended || found->second.unanswered.front().line != 0) return {};
  return renumber(conversation, std::nullopt, now);
}

std::optional<outstanding_write> outstanding_writes::answered(conversation_id conversation,
                                                              std::uint64_t line, std::uint64_t number) {
  const auto found = lines_.find(conversation);
  if (found == lines_.end()) return std::nullopt;
  auto& waiting = found->second.unanswered;
  const auto place = std::ranges::find_if(
      waiting, [&](const auto& request) { return request.line == line && request.number == number; });
  if (place == waiting.end()) return std::nullopt;
  auto answered = std::move(*place);
  waiting.erase(place);
  // A line without unanswered requests is forgotten; the next request opens a new one.
  if (waiting.empty()) lines_.erase(found);
  return answered;
}

std::vector<outstanding_write> outstanding_writes::end_line(conversation_id conversation, std::uint64_t line,
                                                            std::uint64_t number) {
  std::vector<outstanding_write> ended;
  const auto found = lines_.find(conversation);
  if (found == lines_.end() || found->second.line != line) return ended;
  auto& waiting = found->second.unanswered;
  const auto first = std::ranges::find_if(
      waiting, [&](const auto& request) { return request.line == 0 || request.number > number; });
  ended.assign(std::make_move_iterator(first), std::make_move_iterator(waiting.end()));
  waiting.erase(first, waiting.end());
  found->second.ended = true;
  if (waiting.empty()) lines_.erase(found);
  return ended;
}

std::vector<outstanding_write> outstanding_writes::renumber(conversation_id conversation,
                                                            std::optional<std::uint64_t> line,
                                                            time_point now) {
  const auto found = lines_.find(conversation);
  if (found == lines_.end() || (line && found->second.line != *line)) return {};
  auto& current = found->second;
  current.line = ++last_line_;
  current.last_number = 0;
  current.last_sent = now;
  current.ended = false;
  for (auto& request : current.unanswered) {
    request.sent_again = request.line != 0;
    request.line = current.line;
    request.number = ++current.last_number;
  }
  return current.unanswered;
}

std::vector<conversation_id> outstanding_writes::asked_before(time_point deadline) const {
  std::vector<conversation_id> late;
  for (const auto& [id, line] : lines_)
    if (line.unanswered.front().asked < deadline) late.push_back(id);
  return late;
}

std::vector<conversation_id> outstanding_writes::sent_before(time_point deadline) const {
  std::vector<conversation_id> quiet;
  for (const auto& [id, line] : lines_)
    if (line.last_sent < deadline) quiet.push_back(id);
  return quiet;
}

std::vector<outstanding_write> outstanding_writes::take_all(conversation_id conversation) {
  const auto found = lines_.find(conversation);
  if (found == lines_.end()) return {};
  auto all = std::move(found->second.unanswered);
  lines_.erase(found);
  return all;
}

}  // namespace parley
