#include <boost/json/src.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/support/check.hpp"
#include "transport/polling/ops_call.hpp"
#include "transport/protocol/huge_numbers.hpp"
#include "transport/protocol/request_decoder.hpp"
#include "transport/protocol/surrogates.hpp"
#include "transport/protocol/text_rules.hpp"

// A frame as it comes from the WebSocket (which has made sure that it is UTF-8), and a body of the polling
// twin (which has not). What is JSON is decided by another parser, too.

namespace {

using namespace parley;
using parley::testing::check;

constexpr std::size_t depth_max = 256;

/// What Boost.JSON thinks of a text.
boost::system::error_code strict_problem(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = depth_max;
  boost::json::stream_parser parser{{}, options};
  boost::system::error_code problem;
  parser.write({text.data(), text.size()}, problem);
  if (!problem) parser.finish(problem);
  return problem;
}

/// Whether it is JSON by the grammar; what is deeper than the other parser goes counts as such.
bool is_json(std::string_view text) {
  using boost::json::error;
  const auto problem = strict_problem(without_lone_surrogates(text));
  return !problem || problem == error::too_deep || problem == error::exponent_overflow;
}

/// The texts that a request hands on are texts.
void check_texts(const client_request& request) {
  if (request.defect) return;
  const auto is_text = [](const std::string& text) {
    check(is_utf8(text) && text.find('\0') == std::string::npos, "a text is UTF-8 without U+0000", text);
  };
  if (const auto* op = std::get_if<request::write>(&request.op)) {
    is_text(op->draft->key);
    is_text(op->draft->text);
    is_text(op->draft->name.value_or(""));
    check(count_code_points(op->draft->text) <= limits{}.text_characters, "a text has its limit");
  }
  if (const auto* op = std::get_if<request::create_group>(&request.op)) is_text(op->draft->name.value_or(""));
  if (const auto* op = std::get_if<request::find_users>(&request.op)) is_text(op->prefix);
  if (const auto* op = std::get_if<request::search>(&request.op)) is_text(op->text);
  if (const auto* op = std::get_if<request::identify>(&request.op)) is_text(op->token);
  if (const auto* op = std::get_if<request::signal>(&request.op))
    check(is_json(op->payload), "a payload is JSON", op->payload);
}

void check_decoding(std::string_view frame) {
  static request_decoder decoder{limits{}};
  const auto decoded = decoder.decode(frame);
  if (const auto* request = std::get_if<client_request>(&decoded)) {
    check(request->id >= 1 && request->id < (1LL << 53U), "an id is usable", frame);
    check(is_json(frame), "what is decoded is JSON", frame);
    check_texts(*request);
  } else if (std::string_view{std::get<not_the_protocol>(decoded).reason} == "a frame was not JSON") {
    check(strict_problem(frame).failed(), "what is JSON is decoded", frame);
  }
  // The parser's memory is used again and again.
  const auto again = decoder.decode(frame);
  check(again.index() == decoded.index(), "the same frame is the same request", frame);
}

void check_cleaning(std::string_view frame) {
  const auto surrogates = without_lone_surrogates(frame);
  check(surrogates.size() == frame.size(), "escapes keep their length", frame);
  check(without_lone_surrogates(surrogates) == surrogates, "surrogates are cleaned once", frame);
  const auto numbers = without_huge_numbers(frame);
  check(numbers.size() <= frame.size(), "numbers become shorter", frame);
  check(without_huge_numbers(numbers) == numbers, "numbers are cleaned once", frame);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_cleaning(text);
  if (is_utf8(text)) check_decoding(text);
  const auto body = read_ops(text, limits{});
  if (body.has_value())
    for (const auto& request : body.value().requests) check_texts(request);
  return 0;
}
