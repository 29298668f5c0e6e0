#include <fmt/format.h>

#include <utility>

#include "tools/parley/client/http_call.hpp"
#include "tools/parley/commands/operator_calls.hpp"
#include "tools/parley/experiment/observers.hpp"

namespace parley::experiment {

namespace json = client::json;
using namespace std::chrono_literals;

namespace {

constexpr auto spans_every = 1s;
constexpr auto wish_every = 10s;
constexpr int wished_for_s = 60;
constexpr client::call_limits spans_limits{3s, 256UL << 20U};
/// A trace is whole a moment after its last span.
constexpr int last_looks = 20;

}  // namespace

traces_observer::traces_observer(observed what, std::filesystem::path file, double part)
    : what_(std::move(what)), file_(std::move(file)), part_(part) {
  if (part_ <= 0) {
    refusal_ = "record.traces is 0";
    return;
  }
  is_there_ = wish();
  if (!is_there_) return;
  out_.open(file_, std::ios::out | std::ios::trunc);
  thread_ = std::make_unique<background>(spans_every, [this] { turn(); });
}

void traces_observer::turn() {
  if (std::chrono::steady_clock::now() > next_wish_) wish();
  read();
}

/// Any node tells the others; one that was started meanwhile hears of it the next time.
bool traces_observer::wish() {
  next_wish_ = std::chrono::steady_clock::now() + wish_every;
  for (const auto& each : what_.nodes) {
    const auto answer =
        client::http_call(each, "POST", "/v1/operator/traces/sampling",
                          json::object{{"sample", part_}, {"for_s", wished_for_s}}, what_.token, 2s);
    if (answer.has_error()) continue;
    if (answer->is_good()) return true;
    refusal_ = answer->status == 404 ? "these nodes know no traces" : answer->error_message();
    return false;
  }
  return false;
}

/// Whether there was something.
bool traces_observer::read() {
  const auto path = fmt::format("/v1/operator/traces?names=true&limit=20000{}",
                                cursor_.empty() ? "" : "&cursor=" + commands::encoded(cursor_));
  for (const auto& each : what_.nodes) {
    const auto answer = client::http_call(each, "GET", path, std::nullopt, what_.token, spans_limits);
    if (answer.has_error() || !answer->is_good()) continue;
    const auto& body = client::object_in(answer->body);
    cursor_ = client::text_of(body, "cursor");
    lost_ += client::number_of(body, "lost");
    const auto& spans = client::array_of(body, "spans");
    for (const auto& span : spans) out_ << client::json_line(span) << '\n';
    out_.flush();
    return !spans.empty();
  }
  return false;
}

void traces_observer::end() {
  if (!thread_) return;
  thread_->end();
  thread_.reset();
  for (int i = 0; i < last_looks && read(); ++i) {
  }
}

std::string traces_observer::note() const {
  if (!is_there_) return refusal_.empty() ? std::string{"no node answered"} : refusal_;
  return lost_ == 0 ? std::string{} : fmt::format("{} spans were overwritten before they were read", lost_);
}

}  // namespace parley::experiment
