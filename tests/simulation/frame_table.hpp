#pragma once

#include <charconv>
#include <deque>
#include <memory>
#include <string>
#include <variant>

#include "actors/contract/values/ports/encoder.hpp"

namespace parley::simulation {

/// What a frame says, as it was before encoding.
struct answer_frame {
  request_id id = 0;
  outcome<client_reply> answer{client_reply{}};
};
using frame_content = std::variant<answer_frame, client_event>;

/// An encoder that keeps what it was given: a frame's bytes are its number in a table. For one thread.
class frame_table : public encoder {
public:
  [[nodiscard]] frame encode_reply(request_id id, const client_reply& reply) const override {
    return add(answer_frame{id, reply});
  }
  [[nodiscard]] frame encode_refusal(request_id id, const failure& problem) const override {
    return add(answer_frame{id, problem});
  }
  [[nodiscard]] frame encode_event(const client_event& event) const override { return add(event); }

  [[nodiscard]] const frame_content& content_of(const frame& encoded) const {
    std::size_t number = 0;
    const auto& bytes = encoded->bytes;
    std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
    return contents_.at(number);
  }

private:
  frame add(frame_content content) const {
    contents_.push_back(std::move(content));
    auto encoded = std::make_shared<encoded_frame>();
    encoded->bytes = std::to_string(contents_.size() - 1);
    return encoded;
  }

  mutable std::deque<frame_content> contents_;
};

}  // namespace parley::simulation
