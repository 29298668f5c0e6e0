#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace parley {

/// The heaviest keys of a stream in bounded memory, by the algorithm Space-Saving (Metwally, Agrawal, El
/// Abbadi: "Efficient Computation of Frequent and Top-k Elements in Data Streams", 2005). What was added for
/// a key is at most its count, and at least its count minus its error; a key that is not there was given at
/// most `floor()`. As long as no more than `capacity` keys were met, everything is exact.
///
/// Adding takes constant time on average: the smallest counter is looked for in rounds, each round begins
/// with a smaller bound at least one above that of the round before, and the smallest counter is at most the
/// sum of all that was added by the number of counters. `Hash` gives 64 bits.
template <class Key, class Hash>
class heavy_hitters {
public:
  struct item {
    Key key{};
    std::uint64_t count = 0;
    std::uint64_t error = 0;
    std::uint64_t extra = 0;  // summed up beside the count, for as long as the key is there
  };

  explicit heavy_hitters(std::size_t capacity) : capacity_(capacity) {
    std::size_t size = 4;
    while (size < capacity * 2) size *= 2;
    index_.assign(size, nobody);
    items_.reserve(capacity);
  }

  void add(const Key& key, std::uint64_t count = 1, std::uint64_t extra = 0) {
    auto slot = slot_of(key);
    if (index_[slot] == nobody) {
      if (items_.size() < capacity_) {
        index_[slot] = static_cast<std::uint32_t>(items_.size());
        items_.push_back({key, 0, 0, 0});
      } else {
        const auto place = smallest();
        auto& victim = items_[place];
        forgotten_ += victim.count - victim.error;
        forget(victim.key);
        victim = {key, victim.count, victim.count, 0};
        slot = slot_of(key);  // forgetting moves others
        index_[slot] = place;
      }
    }
    auto& found = items_[index_[slot]];
    found.count += count;
    found.extra += extra;
  }

  [[nodiscard]] const std::vector<item>& items() const { return items_; }
  [[nodiscard]] const item* find(const Key& key) const {
    const auto place = index_[slot_of(key)];
    return place == nobody ? nullptr : &items_[place];
  }
  /// The most that may have been added for a key that is not there.
  [[nodiscard]] std::uint64_t floor() const {
    if (forgotten_ == 0) return 0;
    return std::ranges::min_element(items_, {}, &item::count)->count;
  }
  /// How much was added for keys that had to make room, while they were there.
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

private:
  static constexpr auto nobody = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] std::size_t home_of(const Key& key) const {
    return static_cast<std::size_t>(Hash{}(key)) & (index_.size() - 1);
  }
  [[nodiscard]] std::size_t next(std::size_t slot) const { return (slot + 1) & (index_.size() - 1); }
  /// Where the key is, or would be.
  [[nodiscard]] std::size_t slot_of(const Key& key) const {
    auto slot = home_of(key);
    while (index_[slot] != nobody && items_[index_[slot]].key != key) slot = next(slot);
    return slot;
  }
  /// Closes the gap, so that whoever lies behind it is still found (linear probing; Knuth, vol. 3, 6.4).
  void forget(const Key& key) {
    auto gap = slot_of(key);
    for (auto slot = next(gap); index_[slot] != nobody; slot = next(slot)) {
      const auto home = home_of(items_[index_[slot]].key);
      const auto mask = index_.size() - 1;
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue;
      index_[gap] = index_[slot];
      gap = slot;
    }
    index_[gap] = nobody;
  }
  std::uint32_t smallest() {
    while (true) {
      for (; at_ < items_.size(); ++at_) {
        const auto count = items_[at_].count;
        // Who takes the place of the smallest will be above it.
        next_bound_ = std::min(next_bound_, std::max(count, bound_ + 1));
        if (count <= bound_) return static_cast<std::uint32_t>(at_++);
      }
      // Counts only grow, so nobody is at the old bound any more.
      bound_ = std::exchange(next_bound_, std::numeric_limits<std::uint64_t>::max());
      at_ = 0;
    }
  }

  std::size_t capacity_;
  std::vector<item> items_;
  std::vector<std::uint32_t> index_;
  std::uint64_t forgotten_ = 0;
  // Of the present round: nobody is below `bound_`, and who lies before `at_` is not below `next_bound_`.
  std::size_t at_ = 0;
  std::uint64_t bound_ = 0;
  std::uint64_t next_bound_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace parley
