#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace parley {

/// A function that can only be moved, kept to be called once, later. (std::function copies.)
class saved_call {
public:
  template <class Function>
  void save(Function&& function) {
    call_ = std::make_unique<kept<std::decay_t<Function>>>(std::forward<Function>(function));
  }
  [[nodiscard]] bool has_value() const { return call_ != nullptr; }
  /// Calls it, if there is one; it may save another meanwhile.
  void invoke() {
    if (const auto once = std::exchange(call_, nullptr)) once->call();
  }

private:
  struct any {
    virtual ~any() = default;
    virtual void call() = 0;
  };
  template <class Function>
  struct kept final : any {
    template <class Given>
    explicit kept(Given&& given) : function(std::forward<Given>(given)) {}
    void call() override { std::move(function)(); }
    Function function;
  };

  std::unique_ptr<any> call_;
};

}  // namespace parley
