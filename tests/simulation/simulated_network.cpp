#include "tests/simulation/simulated_network.hpp"

#include <algorithm>

namespace parley::simulation {

namespace {
constexpr int spike_ms_max = 500;
constexpr int dial_ms_max = 3'000;  // after that a dial without an answer has failed
}  // namespace

/// What a node holds of the network. It outlives neither the network nor, usefully, its node's life.
class simulated_network::port : public peer_network {
public:
  port(simulated_network& all, incarnation_id self) : all_(all), self_(self) {}
  void expect(std::vector<peer_address> peers) override { all_.expect(self_, peers); }
  void dial(const peer_address& peer) override { all_.dial(self_, peer); }
  void stop() override {
    if (auto* here = all_.at(self_)) here->expected.clear();
    all_.end_all_of(self_, true);
    std::erase_if(all_.attempts_, [this](const attempt& each) { return each.from == self_; });
  }

private:
  simulated_network& all_;
  incarnation_id self_;
};

class simulated_network::end_of_wire : public wire {
public:
  end_of_wire(simulated_network& all, connection_id id, int side) : all_(all), id_(id), side_(side) {}
  void send(std::string bytes) override { all_.send(id_, side_, std::move(bytes)); }
  void close() override { all_.close(id_, side_); }

private:
  simulated_network& all_;
  connection_id id_;
  int side_;
};

std::shared_ptr<peer_network> simulated_network::attach(const peer_address& self,
                                                        std::shared_ptr<wire_events> told) {
  endpoints_[self.incarnation] = {self, std::move(told), {}, 0};
  return std::make_shared<port>(*this, self.incarnation);
}

void simulated_network::detach(incarnation_id gone, end_of_life how) {
  end_all_of(gone, how == end_of_life::process);
  std::erase_if(attempts_, [gone](const attempt& each) { return each.from == gone; });
  endpoints_.erase(gone);
  frozen_.erase(gone);
}

simulated_network::endpoint* simulated_network::at(incarnation_id node) {
  const auto found = endpoints_.find(node);
  return found == endpoints_.end() ? nullptr : &found->second;
}

int simulated_network::delay_ms() {
  return chance_.between(0, chance_.chance(weather.spike) ? spike_ms_max : weather.delay_ms_max);
}

void simulated_network::expect(incarnation_id who, const std::vector<peer_address>& peers) {
  auto* here = at(who);
  if (here == nullptr) return;
  here->expected.clear();
  for (const auto& peer : peers) here->expected.insert(peer.incarnation);
}

// Connections.

void simulated_network::put(side& to, parcel::kind what, std::string bytes) {
  to.last_due_ms = std::max(to.last_due_ms, now_ms_() + delay_ms());
  to.on_their_way.push_back({to.last_due_ms, what, std::move(bytes)});
}

void simulated_network::send(connection_id id, int from_side, std::string bytes) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  auto& which = found->second;
  if (which.is_over || which.sides[from_side].is_closed) return;
  auto& to = which.sides[1 - from_side];
  if (to.is_closed) return;
  std::vector<std::string> frames;
  if (tampers) {
    frames = tampers(std::move(bytes));
  } else {
    frames.push_back(std::move(bytes));
  }
  for (auto& frame : frames) {
    if (chance_.chance(weather.doubles)) put(to, parcel::kind::bytes, frame);
    put(to, parcel::kind::bytes, std::move(frame));
  }
  if (chance_.chance(weather.breaks)) end(which, !chance_.chance(weather.ends_silently));
}

void simulated_network::close(connection_id id, int side_closed) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  auto& here = found->second.sides[side_closed];
  if (std::exchange(here.is_closed, true)) return;
  here.on_their_way.clear();
  auto& other = found->second.sides[1 - side_closed];
  if (!other.is_closed && !found->second.is_silent) put(other, parcel::kind::end, {});
}

void simulated_network::end(connection& which, bool tells) {
  which.is_over = true;
  which.is_silent = !tells;
  for (auto& each : which.sides) {
    if (each.is_closed) continue;
    // Of what is on its way the latter part is lost. A side that was told nothing yet, hears nothing.
    const auto kept = chance_.below(each.on_their_way.size() + 1);
    const bool knows = each.on_their_way.empty() || each.on_their_way.front().what != parcel::kind::opened;
    each.on_their_way.resize(kept);
    if (kept == 0 && !knows) {
      each.is_closed = true;
    } else if (tells) {
      put(each, parcel::kind::end, {});
    }
  }
}

void simulated_network::end_all_of(incarnation_id node, bool tells_peers) {
  for (auto& [id, which] : connections_) {
    for (int i = 0; i < 2; ++i) {
      if (which.sides[i].node != node || which.sides[i].is_closed) continue;
      which.sides[i].is_closed = true;
      which.sides[i].on_their_way.clear();
      if (tells_peers && !which.sides[1 - i].is_closed) put(which.sides[1 - i], parcel::kind::end, {});
    }
  }
}

bool simulated_network::break_one() {
  std::vector<connection*> standing;
  for (auto& [id, which] : connections_)
    if (!which.is_over && !which.sides[0].is_closed && !which.sides[1].is_closed) standing.push_back(&which);
  if (standing.empty()) return false;
  end(*chance_.pick(standing), !chance_.chance(weather.ends_silently));
  return true;
}

void simulated_network::mend(const std::string& from, const std::string& to) {
  if (cuts_.erase({from, to}) == 0) return;
  for (auto& [id, which] : connections_) {
    const auto runs = [&](int i) { return which.sides[i].name == from && which.sides[1 - i].name == to; };
    if ((runs(0) || runs(1)) && !which.is_over && chance_.chance(weather.heals_by_end)) end(which, true);
  }
}

void simulated_network::mend_all() {
  for (const auto all = cuts_; const auto& [from, to] : all) mend(from, to);
}

// Dialling.

void simulated_network::dial(incarnation_id from, const peer_address& to) {
  if (at(from) == nullptr) return;
  attempts_.push_back({from, to, now_ms_() + delay_ms(), now_ms_() + chance_.between(1'000, dial_ms_max)});
}

std::optional<std::string> simulated_network::why_not(const attempt& of) const {
  const auto there = std::ranges::find_if(
      endpoints_, [&](const auto& each) { return each.second.self.address == of.to.address; });
  if (there == endpoints_.end()) return "connection refused";
  if (there->first != of.to.incarnation) return "somebody else listens there";
  if (!there->second.expected.contains(of.from)) return "a stranger is turned away";
  return std::nullopt;
}

bool simulated_network::pursue_attempts() {
  for (auto each = attempts_.begin(); each != attempts_.end(); ++each) {
    if (each->due_ms > now_ms_() || frozen_.contains(each->from)) continue;
    const auto& here = endpoints_.at(each->from);
    const bool is_silent = is_cut(here.self.name, each->to.name) || is_cut(each->to.name, here.self.name) ||
                           frozen_.contains(each->to.incarnation);
    const bool is_late = each->until_ms <= now_ms_();
    if (is_silent && !is_late) continue;
    auto problem = is_silent ? std::optional<std::string>("no answer in time") : why_not(*each);
    if (!problem && chance_.chance(weather.dial_fails)) problem = "the network did not want to";
    const auto tried = *each;
    attempts_.erase(each);
    if (problem) {
      here.told->failed(tried.to.incarnation, *problem);
    } else {
      connect(tried);
    }
    return true;
  }
  return false;
}

void simulated_network::connect(const attempt& of) {
  auto& which = connections_[++last_connection_];
  const incarnation_id nodes[2] = {of.from, of.to.incarnation};
  for (int i = 0; i < 2; ++i) {
    auto& there = endpoints_.at(nodes[i]);
    which.sides[i] = {nodes[i], there.self.name, ++there.last_connection, false, {}, 0};
    put(which.sides[i], parcel::kind::opened, {});
  }
}

// Time.

std::vector<std::pair<simulated_network::connection_id, int>> simulated_network::deliverable() const {
  std::vector<std::pair<connection_id, int>> due;
  for (const auto& [id, which] : connections_) {
    for (int i = 0; i < 2; ++i) {
      const auto& to = which.sides[i];
      if (to.is_closed || to.on_their_way.empty() || to.on_their_way.front().due_ms > now_ms_()) continue;
      if (frozen_.contains(to.node) || is_cut(which.sides[1 - i].name, to.name)) continue;
      due.emplace_back(id, i);
    }
  }
  return due;
}

void simulated_network::deliver_one(connection_id id, int to_side) {
  auto& to = connections_.at(id).sides[to_side];
  const auto peer = connections_.at(id).sides[1 - to_side].node;
  auto arrived = std::move(to.on_their_way.front());
  to.on_their_way.pop_front();
  const auto told = endpoints_.at(to.node).told;
  switch (arrived.what) {
    case parcel::kind::opened:
      return told->opened(peer, to.number, std::make_shared<end_of_wire>(*this, id, to_side));
    case parcel::kind::bytes:
      return told->received(peer, to.number, std::move(arrived.bytes));
    case parcel::kind::end:
      to.is_closed = true;
      to.on_their_way.clear();
      return told->closed(peer, to.number);
  }
}

void simulated_network::deliver() {
  while (pursue_attempts()) {
  }
  for (auto due = deliverable(); !due.empty(); due = deliverable()) {
    const auto [id, to_side] = chance_.pick(due);
    deliver_one(id, to_side);
  }
  sweep();
}

void simulated_network::sweep() {
  std::erase_if(connections_, [](const auto& each) {
    return each.second.sides[0].is_closed && each.second.sides[1].is_closed;
  });
}

}  // namespace parley::simulation
