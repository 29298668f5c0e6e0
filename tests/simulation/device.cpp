#include "tests/simulation/device.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {

bool is_write(const client_request::operation& op) {
  return std::holds_alternative<request::write>(op) || std::holds_alternative<request::create_group>(op) ||
         std::holds_alternative<request::open_direct>(op);
}

}  // namespace

void device::connect() {
  const auto where = around_.find_door();
  if (!where) return;
  const auto number = *around_.last_connection + 1;
  auto out = std::make_shared<scripted_outbox>(number, around_.shared);
  auto inbox = where->gateway->open(out, "");
  // It is about to stop.
  if (!inbox) return;
  connection_ = *around_.last_connection = number;
  out_ = std::move(out);
  inbox_ = std::move(inbox);
  node_ = where->node;
  around_.shared->records->note(happened::opened{connection_, owner_.id, node_});
  last_request_ = 0;
  identified_ = synced_ = false;
  cursor_.reset();
  heard_ms_ = around_.now_ms();
  if (around_.patience_ms_max > 0) patience_ms_ = around_.chance->between(2'000, around_.patience_ms_max);
  ask(request::identify{token_, name_});
  // Nobody has to wait for an answer before asking the next.
  if (around_.chance->chance(0.5)) sync_again();
  if (around_.chance->chance(0.2)) repeat_unresolved();
}

bool device::hears_nothing() const {
  return patience_ms_ > 0 && !waiting_.empty() && around_.now_ms() - heard_ms_ > patience_ms_;
}

void device::disconnect() {
  if (!out_) return;
  around_.shared->records->note(happened::closed{connection_});
  out_->cut();
  inbox_->closed();
  out_.reset();
  inbox_.reset();
  for (auto& [id, op] : waiting_)
    if (is_write(op)) unresolved_.push_back(std::move(op));
  waiting_.clear();
}

void device::ask(client_request::operation op) {
  client_request request;
  request.id = ++last_request_;
  request.ordinal = out_->next_ordinal();
  request.bytes = 100;
  request.op = std::move(op);
  around_.shared->records->note(happened::asked{connection_, request.id, request.op});
  if (waiting_.empty()) heard_ms_ = around_.now_ms();
  waiting_.emplace(request.id, request.op);
  inbox_->receive({std::move(request)});
}

void device::act() {
  auto& chance = *around_.chance;
  if (!out_) {
    if (chance.chance(0.3)) connect();
    return;
  }
  take_frames(chance.below(12));
  if (out_ && hears_nothing()) return disconnect();
  if (!out_ || !identified_ || !may_ask()) return;
  if (!synced_) {
    if (chance.chance(0.3)) sync_again();
    return;
  }
  const auto what = chance.below(100);
  if (what < 30) return say_something();
  if (what < 45) return change_something();
  if (what < 55) return do_something_about_people();
  if (what < 66) return repeat_unresolved();
  if (what < 72) return repeat_or_contradict();
  if (what < 80) return read_something();
  if (what < 84) return sync_again();
  if (what < 90) return create();
  if (what < 94) return intrude();
  if (what < 97) return disconnect();
}

conversation_id device::any_of_mine() {
  if (have_.empty()) return {};
  // Mostly the same few, so that several meet in one.
  const auto place = around_.chance->below(
      around_.chance->chance(0.6) ? std::min<std::size_t>(2, have_.size()) : have_.size());
  return std::next(have_.begin(), static_cast<std::ptrdiff_t>(place))->first;
}

void device::write_to(conversation_id conversation, const std::string& key, const std::string& text) {
  entry_draft draft;
  draft.key = key;
  draft.text = text;
  write_to(conversation, std::move(draft));
}

void device::write_to(conversation_id conversation, entry_draft draft) {
  ask(request::write{conversation, std::make_shared<const entry_draft>(std::move(draft))});
}

void device::say_something() {
  const auto conversation = any_of_mine();
  if (!conversation) return create();
  const auto count = around_.chance->between(1, 8);
  for (int i = 0; i < count; ++i) {
    const auto key = new_key();
    write_to(conversation, key, "text of " + key);
    if (around_.chance->chance(0.1)) ask(request::history{conversation, {}, {}, 100});
  }
}

void device::repeat_unresolved() {
  for (auto again = std::exchange(unresolved_, {}); auto& op : again) {
    if (may_ask()) {
      ask(std::move(op));
    } else {
      unresolved_.push_back(std::move(op));
    }
  }
}

void device::repeat_or_contradict() {
  if (done_.empty()) return;
  auto op = around_.chance->pick(done_);
  if (const auto* before = std::get_if<request::write>(&op); before != nullptr && around_.chance->chance(0.4))
    return write_to(before->conversation, before->draft->key, "something else");
  ask(std::move(op));
}

void device::read_something() {
  const auto conversation = any_of_mine();
  if (!conversation) return;
  auto& chance = *around_.chance;
  if (chance.chance(0.3)) return ask(request::members{conversation, {}});
  request::history page{conversation, {}, {}, 1 + chance.below(30)};
  if (chance.chance(0.3)) page.before = 1 + static_cast<sequence>(chance.below(40));
  if (!page.before && chance.chance(0.3)) page.after = static_cast<sequence>(chance.below(40));
  ask(std::move(page));
}

void device::sync_again() {
  request::sync wanted;
  wanted.tail = around_.chance->below(8);
  if (cursor_) {
    wanted.cursor = std::exchange(cursor_, {});
  } else {
    for (const auto& [id, seq] : have_) wanted.have.emplace_back(id, seq);
  }
  ask(std::move(wanted));
}

void device::create() {
  auto& chance = *around_.chance;
  if (chance.chance(0.5)) return ask(request::open_direct{chance.pick(around_.people)});
  auto draft = std::make_shared<entry_draft>();
  draft->kind = entry_kind::create;
  draft->key = new_key();
  draft->name = "group of " + draft->key;
  for (const auto person : around_.people)
    if (chance.chance(0.5)) draft->members.push_back(person);
  if (chance.chance(0.05)) draft->members.push_back(nobody);
  const int times = chance.chance(0.1) ? 2 : 1;
  for (int i = 0; i < times; ++i) ask(request::create_group{draft});
}

void device::intrude() {
  const auto& all = around_.store->conversations();
  if (all.empty()) return;
  const auto place = static_cast<std::ptrdiff_t>(around_.chance->below(all.size()));
  const auto target = std::next(all.begin(), place)->first;
  if (around_.chance->chance(0.5)) return ask(request::history{target, {}, {}, 10});
  const auto key = new_key();
  write_to(around_.chance->chance(0.9) ? target : conversation_id{target.value ^ 1}, key, "let me in " + key);
}

void device::take_frames(std::size_t frames_max) {
  for (std::size_t i = 0; out_ && i < frames_max; ++i) {
    const auto taken = out_->take();
    if (!taken) break;
    heard_ms_ = around_.now_ms();
    std::visit([this](const auto& content) { handle(content); }, *taken);
    if (out_->drained_again()) inbox_->drained();
  }
  if (out_ && out_->ended()) disconnect();
}

void device::handle(const answer_frame& answer) {
  const auto asked = waiting_.find(answer.id);
  if (asked == waiting_.end()) return;
  const auto op = std::move(asked->second);
  waiting_.erase(asked);
  if (answer.answer.has_error()) {
    if (is_write(op) && is_temporary(answer.answer.error().code)) unresolved_.push_back(op);
    return;
  }
  if (is_write(op)) done_.push_back(op);
  if (std::holds_alternative<request::identify>(op)) identified_ = true;
  if (const auto* page = std::get_if<reply::synced>(&answer.answer.value())) learn(*page);
}

void device::learn(const reply::synced& page) {
  synced_ = true;
  for (const auto& view : page.conversations) have_[view.id] = std::max(have_[view.id], view.head);
  cursor_ = page.cursor;
}

void device::handle(const client_event& event) {
  if (const auto* shown = std::get_if<entry>(&event)) {
    const auto& what = shown->content;
    if (what.kind == entry_kind::leave && what.user == owner_.id) {
      have_.erase(shown->conversation);
      return;
    }
    auto& have = have_[shown->conversation];
    have = std::max(have, shown->seq);
  } else if (const auto* changed = std::get_if<event::conversation_changed>(&event)) {
    have_.try_emplace(changed->view.id, 0);
  }
}

void device::go_away() {
  disconnect();
  away_ = true;
}

void device::come_to_rest() {
  if (away_) return;
  if (!out_) connect();
  if (!out_) return;
  take_frames(1'000);
  if (!out_ || !identified_ || !waiting_.empty()) return;
  if (!synced_) return sync_again();
  repeat_unresolved();
}

}  // namespace parley::simulation
