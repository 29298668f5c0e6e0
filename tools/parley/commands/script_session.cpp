#include "tools/parley/commands/script_session.hpp"

#include <fmt/format.h>

namespace parley::commands {

using client::outcome;
using client::problem;
using client::trouble;

script_session::~script_session() {
  if (!session_) return;
  session_->stop();
  // Time for the farewell to leave; the node may be slow, and this program need not be.
  loop_.run_for(std::chrono::milliseconds{200});
}

bool script_session::run_until(const bool& done) {
  const auto deadline = std::chrono::steady_clock::now() + answer_timeout;
  while (!done && !broken_)
    if (loop_.run_one_until(deadline) == 0) return false;
  return done;
}

outcome<void> script_session::open() {
  auto who = people_.sign_in();
  if (who.has_error()) return who.error();
  who_ = std::move(*who);
  session_.emplace(loop_, people_.node(), who_.token,
                   client::live_session::handlers{
                       [this] { is_open_ = true; }, [](std::string_view, const client::json::object&) {},
                       [this](const std::string& why, std::chrono::milliseconds) {
                         if (!is_open_)
                           broken_ = problem{trouble::unreachable,
                                             fmt::format("the node at {} does not answer: {}; is it running?",
                                                         people_.node().url(), why)};
                       },
                       [this](const problem& why) { broken_ = why; },
                       [this]() -> outcome<std::string> {
                         auto again = people_.sign_in_again();
                         if (again.has_error()) return again.error();
                         who_ = std::move(*again);
                         return who_.token;
                       }});
  session_->start();
  if (run_until(is_open_)) return {};
  if (broken_) return *broken_;
  return problem{trouble::unreachable, fmt::format("the node at {} does not answer within {} s",
                                                   people_.node().url(), answer_timeout.count())};
}

outcome<client::json::object> script_session::call(std::string_view op, client::json::object d) {
  bool done = false;
  client::reply answer;
  session_->request(op, std::move(d), [&](const client::reply& given) {
    answer = given;
    done = true;
  });
  if (!run_until(done)) {
    if (broken_) return *broken_;
    // The handler above points into this frame.
    session_->stop();
    broken_ =
        problem{trouble::unreachable, fmt::format("no answer to '{}' within {} s; it may have happened: "
                                                  "repeat it with the same --key",
                                                  op, answer_timeout.count())};
    return *broken_;
  }
  if (answer.ok) return std::move(answer.d);
  return problem{trouble::failed, fmt::format("{}: {}", answer.code, answer.message)};
}

}  // namespace parley::commands
