#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/parley/top/picture.hpp"

namespace parley::top {

struct cell {
  std::string text;
  look style = look::plain;
  std::optional<double> weight;  // what a column of numbers is sorted by; nothing: it is not known
};

enum class alignment { left, right };

struct column {
  std::string title;
  std::string sort;  // the name under which it can be sorted by; empty: it cannot
  alignment side = alignment::right;
  int spared = 0;      // where there is no room, the highest goes first; 0 stays
  int shrinks_to = 0;  // before that, its texts are cut to so many columns; 0: they are not
};

struct row {
  std::string key;          // what it is about, whatever row it gets
  std::vector<cell> cells;  // as many as there are columns
};

/// Rows of cells below titles, which can be sorted and made to fit.
struct table {
  std::vector<column> columns;
  std::vector<row> rows;
};

/// Which column a table is sorted by. Numbers come with the highest first, texts from A on.
struct order {
  std::string by;
  bool is_reversed = false;
};

/// Sorts the rows; where two are the same, by their keys, so that they stand still. What is not known is
/// last.
void sort_rows(table& what, const order& wanted);

/// The name of the column that follows (or precedes) among those that can be sorted by.
std::string next_sort(const table& what, const std::string& now, int step);

struct table_lines {
  line heading;
  std::vector<line> rows;
};

/// The titles and the rows from `first` on, at most `count`, in `columns` of a terminal. The column that it
/// is sorted by has a mark.
table_lines lay_out(const table& what, const order& sorted, std::size_t first, std::size_t count,
                    int columns);

}  // namespace parley::top
