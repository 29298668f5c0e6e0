#pragma once

#include <caf/all.hpp>
#include <chrono>
#include <utility>

#include "actors/contract/interfaces/directory.hpp"

namespace parley {

/// Asks the log on behalf of an actor; `done(outcome<T>)` runs in the actor, exactly once unless the
/// actor ends before. `overloaded` when too many questions wait, `unavailable` after
/// `limits.request_timeout`.
template <class T, class Self, class Id, class Message, class Handler>
void ask_log(Self* self, const directory& where, Id about, Message question, Handler done) {
  if (!where.reads.take()) {
    done(outcome<T>{failure{errc::overloaded, "too many reads wait for the database; try again shortly",
                            std::chrono::milliseconds{500}}});
    return;
  }
  self->request(where.reader(about), where.answers_within, std::move(question))
      .then([done](read_result<T>& read) mutable { done(std::move(read.value)); },
            [done](const caf::error&) mutable {
              done(outcome<T>{
                  failure{errc::unavailable, "the database did not answer in time; try again", {}}});
            });
}

}  // namespace parley
