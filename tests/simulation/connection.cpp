#include "tests/simulation/connection.hpp"

#include <utility>

namespace parley::simulation {

outbox::admission scripted_outbox::push_event(frame event) {
  if (closed_) return admission::closed;
  const auto& content = std::get<client_event>(shared_->frames->content_of(event));
  if (frames_.size() >= shared_->outbox_frames_max) {
    was_full_ = true;
    return admission::full;
  }
  if (shared_->swallows(content)) return admission::accepted;
  shared_->records->note(happened::shown{number_, content});
  if (shared_->doubles(content)) shared_->records->note(happened::shown{number_, content});
  frames_.push_back(std::move(event));
  return admission::accepted;
}

void scripted_outbox::push_reply(frame reply) {
  if (closed_) return;
  const auto& content = std::get<answer_frame>(shared_->frames->content_of(reply));
  shared_->records->note(happened::answered{number_, content.id, content.answer});
  frames_.push_back(std::move(reply));
}

void scripted_outbox::close(close_code /*code*/, std::string /*reason*/) { closed_ = true; }

std::optional<frame_content> scripted_outbox::take() {
  if (frames_.empty()) return std::nullopt;
  auto oldest = shared_->frames->content_of(frames_.front());
  frames_.pop_front();
  return oldest;
}

bool scripted_outbox::drained_again() {
  if (!was_full_ || frames_.size() > shared_->outbox_frames_max / 2) return false;
  was_full_ = false;
  return true;
}

}  // namespace parley::simulation
