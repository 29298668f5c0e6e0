#include "actors/forwarder/pieces.hpp"

namespace parley {

namespace {
constexpr std::size_t overhead_bytes = 64;
}

std::size_t cost_of(const call_forwarded& piece) {
  std::size_t bytes = overhead_bytes + piece.piece.size();
  if (const auto& head = piece.head)
    bytes +=
        head->method.size() + head->target.size() + head->authorization.size() + head->content_type.size();
  return bytes;
}

std::size_t cost_of(const call_answered& piece) {
  std::size_t bytes = overhead_bytes + piece.piece.size();
  if (!piece.head) return bytes;
  if (piece.head->has_error()) return bytes + piece.head->error().message.size();
  for (const auto& [name, value] : piece.head->value().fields) bytes += name.size() + value.size();
  return bytes;
}

void outgoing_pieces::add(std::uint64_t number, call_head head, std::string body) {
  add(transfer{number, std::move(head), std::move(body)});
}

void outgoing_pieces::add(std::uint64_t number, outcome<answer_head> head, std::string body) {
  add(transfer{number, std::move(head), std::move(body)});
}

void outgoing_pieces::add(transfer what) {
  waiting_bytes_ += what.body.size();
  waiting_.push_back(std::move(what));
}

void outgoing_pieces::drop_call(std::uint64_t number) {
  std::erase_if(waiting_, [&](const auto& each) {
    if (each.number != number || !std::holds_alternative<call_head>(each.head)) return false;
    waiting_bytes_ -= each.body.size() - each.sent_bytes;
    return true;
  });
}

std::optional<call_piece> outgoing_pieces::next() {
  if (waiting_.empty()) return std::nullopt;
  auto& first = waiting_.front();
  const auto bytes = std::min(first.body.size() - first.sent_bytes, bounds_.piece_bytes);
  // With its head it may be a little more.
  if (in_flight_bytes_ > 0 && in_flight_bytes_ + bytes > bounds_.window_bytes) return std::nullopt;
  auto piece = piece_of(first, bytes);
  in_flight_bytes_ += std::visit([](const auto& each) { return cost_of(each); }, piece);
  waiting_bytes_ -= bytes;
  if (first.sent_bytes == first.body.size()) waiting_.pop_front();
  return piece;
}

call_piece outgoing_pieces::piece_of(transfer& of, std::size_t bytes) {
  const bool begins = !std::exchange(of.has_begun, true);
  auto text = of.body.substr(of.sent_bytes, bytes);
  of.sent_bytes += bytes;
  const bool is_last = of.sent_bytes == of.body.size();
  if (const auto* call = std::get_if<call_head>(&of.head))
    return call_forwarded{
        {}, of.number, begins ? std::optional(*call) : std::nullopt, std::move(text), is_last};
  const auto& answer = std::get<outcome<answer_head>>(of.head);
  return call_answered{
      {}, of.number, begins ? std::optional(answer) : std::nullopt, std::move(text), is_last};
}

}  // namespace parley
