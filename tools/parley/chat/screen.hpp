#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace parley::chat {

/// Where a chat is shown and typed: a terminal, or a pair of pipes.
class screen {
public:
  struct handlers {
    std::function<void(const std::string& line)> line;
    /// Nothing more comes from there.
    std::function<void()> ended;
    /// Ctrl-C.
    std::function<void()> interrupted;
  };

  virtual ~screen() = default;
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  /// Begins to read.
  virtual void start(handlers called) = 0;
  /// Shows lines that somebody wants: entries, lists.
  virtual void show(std::string_view lines) = 0;
  /// Shows a remark about what goes on.
  virtual void note(std::string_view line) = 0;
  /// What stands before the input.
  virtual void prompt(const std::string& text) = 0;
  /// Reads on, or not for now: as many lines wait as may.
  virtual void take_input(bool is_wanted) = 0;
  /// A person sits there.
  virtual bool is_terminal() const = 0;
  /// How many entries fit.
  virtual std::size_t rows() const = 0;

protected:
  screen() = default;
};

/// stdin and stdout as lines; remarks go to stderr.
std::unique_ptr<screen> plain_screen(boost::asio::io_context& loop);

/// A terminal with an input line that stays below what comes in. Restores it when it ends.
std::unique_ptr<screen> terminal_screen(boost::asio::io_context& loop);

/// Whether stdin and stdout are a terminal that can move its cursor.
bool is_terminal_here();

}  // namespace parley::chat
