#include "transport/polling/ops_call.hpp"

#include <charconv>
#include <utility>
#include <variant>

#include "transport/protocol/json_encoder.hpp"
#include "transport/protocol/request_decoder.hpp"
#include "transport/protocol/text_rules.hpp"

namespace parley {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view id_begins = "{\"id\":";

failure bad_body(std::string what) { return {errc::bad_request, std::move(what), {}}; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Where the element that begins the text ends: at a comma or bracket that belongs to the array around
/// it. What stands in the element is the decoder's to judge.
std::size_t end_of_element(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (depth == 0 && (c == ',' || c == ']')) return i;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
  }
  return text.size();
}

/// The elements of an array, as texts.
outcome<std::vector<std::string_view>> elements_of(std::string_view array, std::size_t most) {
  std::vector<std::string_view> found;
  auto rest = trimmed(array.substr(1));
  if (rest == "]") return found;
  while (true) {
    const auto end = end_of_element(rest);
    if (end == rest.size()) return bad_body("the array has no end");
    if (found.size() == most)
      return failure{
          errc::too_large, "at most " + std::to_string(most) + " requests may be unanswered at once", {}};
    found.push_back(trimmed(rest.substr(0, end)));
    const bool is_last = rest[end] == ']';
    rest = trimmed(rest.substr(end + 1));
    if (is_last) break;
  }
  if (!rest.empty()) return bad_body("something follows the array");
  return found;
}

}  // namespace

outcome<ops_body> read_ops(std::string_view body, const limits& rules) {
  if (!is_utf8(body)) return bad_body("the body is not UTF-8");
  ops_body read;
  std::vector<std::string_view> frames;
  const auto text = trimmed(body);
  read.is_array = !text.empty() && text.front() == '[';
  if (read.is_array) {
    auto found = elements_of(text, rules.unanswered_requests);
    if (found.has_error()) return found.error();
    frames = std::move(found.value());
  } else {
    frames.push_back(text);
  }
  request_decoder decoder{rules};
  for (const auto each : frames) {
    auto decoded = decoder.decode(each);
    if (const auto* nonsense = std::get_if<not_the_protocol>(&decoded))
      return bad_body("request " + std::to_string(read.requests.size() + 1) + " of " +
                      std::to_string(frames.size()) + ": " + nonsense->reason + "; none was done");
    read.requests.push_back(std::move(std::get<client_request>(decoded)));
    read.requests.back().bytes = each.size();
  }
  return read;
}

std::string ops_call::body() const {
  const failure unknown{errc::unavailable, "the outcome is not known: repeat with the same key", {}};
  std::string text;
  if (is_array) text += '[';
  for (const auto& asked : slots) {
    if (&asked != &slots.front()) text += ',';
    text.append(id_begins).append(std::to_string(asked.id));
    if (asked.reply) {
      const auto reply = asked.reply->payload();
      text.append(reply.substr(reply.find(',')));
    } else {
      text.append(",\"ok\":false,\"error\":").append(error_object(unknown)).append("}");
    }
  }
  if (is_array) text += ']';
  return text;
}

std::optional<request_id> id_of_reply(std::string_view reply) {
  if (!reply.starts_with(id_begins)) return std::nullopt;
  request_id id = 0;
  const auto* const begin = reply.data() + id_begins.size();
  const auto* const end = reply.data() + reply.size();
  const auto [stopped, problem] = std::from_chars(begin, end, id);
  if (problem != std::errc{} || stopped == end || *stopped != ',') return std::nullopt;
  return id;
}

}  // namespace parley
