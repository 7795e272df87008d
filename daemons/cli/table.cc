#include "daemons/cli/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemons/cli/text.h"

namespace mesos::cli {
namespace {

constexpr int kGap = 2;

// One of the columns that are shown.
struct Shown {
  const Column* column;
  size_t index;
  int width;
};

int Least(const Shown& shown) {
  return shown.column->cut == Column::Cut::kNever ? shown.width
                                                  : std::min(shown.width, shown.column->least);
}

int Total(const std::vector<Shown>& shown) {
  int total = -kGap;
  for (const Shown& one : shown) total += one.width + kGap;
  return total;
}

int LeastTotal(const std::vector<Shown>& shown) {
  int total = -kGap;
  for (const Shown& one : shown) total += Least(one) + kGap;
  return total;
}

void LeaveOut(int width, std::vector<Shown>* shown) {
  while (LeastTotal(*shown) > width) {
    const auto last = std::max_element(
        shown->begin(), shown->end(),
        [](const Shown& a, const Shown& b) { return a.column->rank < b.column->rank; });
    if (last == shown->end() || last->column->rank == 0) return;
    shown->erase(last);
  }
}

void Narrow(int width, std::vector<Shown>* shown) {
  while (Total(*shown) > width) {
    Shown* widest = nullptr;
    for (Shown& one : *shown) {
      if (one.width > Least(one) && (widest == nullptr || one.width > widest->width)) {
        widest = &one;
      }
    }
    if (widest == nullptr) return;
    --widest->width;
  }
}

std::string Cut(const std::string& text, const Shown& shown) {
  return shown.column->cut == Column::Cut::kMiddle ? CutMiddle(text, shown.width)
                                                   : CutEnd(text, shown.width);
}

void AppendLine(const std::vector<Shown>& shown, const std::vector<const Cell*>& cells,
                const TableStyle& style, std::string* text) {
  int pending = 0;
  for (size_t i = 0; i < shown.size(); ++i) {
    // Most fit as they are, and are not copied: there may be very many.
    const std::string* fitted = &cells[i]->text;
    int columns = Columns(*fitted);
    std::string cut;
    if (columns > shown[i].width) {
      cut = Cut(*fitted, shown[i]);
      fitted = &cut;
      columns = Columns(cut);
    }
    const int missing = shown[i].width - columns;
    if (i > 0) pending += kGap;
    if (shown[i].column->right) pending += missing;
    if (!fitted->empty()) {
      text->append(std::exchange(pending, 0), ' ');
      if (style.colours) {
        *text += Coloured(*fitted, cells[i]->colour, true);
      } else {
        *text += *fitted;
      }
    }
    if (!shown[i].column->right) pending += missing;
  }
  *text += '\n';
}

}  // namespace

Cell::Cell(std::string raw, Colour how) : text(std::move(raw)), colour(how) {
  MakePrintable(&text);
}

std::string Coloured(const std::string& text, Colour colour, bool colours) {
  if (!colours || colour == Colour::kNone) return text;
  const char* code = "";
  switch (colour) {
    case Colour::kNone:
      break;
    case Colour::kBold:
      code = "1";
      break;
    case Colour::kFaint:
      code = "2";
      break;
    case Colour::kGreen:
      code = "32";
      break;
    case Colour::kYellow:
      code = "33";
      break;
    case Colour::kRed:
      code = "31";
      break;
  }
  return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
}

std::string Table::Render(const TableStyle& style) const {
  std::vector<Shown> shown;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].wide && !style.wide) continue;
    int width = Columns(columns[i].heading);
    for (const auto& row : rows) width = std::max(width, Columns(row[i].text));
    // However long a name somebody has chosen.
    if (style.width > 0 && columns[i].cut != Column::Cut::kNever) {
      width = std::min(width, style.width);
    }
    shown.push_back({&columns[i], i, width});
  }
  if (style.width > 0) {
    LeaveOut(style.width, &shown);
    Narrow(style.width, &shown);
  }
  std::string text;
  std::vector<Cell> headings;
  for (const Shown& one : shown) headings.emplace_back(one.column->heading, Colour::kBold);
  std::vector<const Cell*> line;
  for (const Cell& cell : headings) line.push_back(&cell);
  AppendLine(shown, line, style, &text);
  for (const auto& row : rows) {
    line.clear();
    for (const Shown& one : shown) line.push_back(&row[one.index]);
    AppendLine(shown, line, style, &text);
  }
  return text;
}

}  // namespace mesos::cli
