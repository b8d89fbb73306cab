#include "cli/operator/line_editor.hpp"

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <histedit.h>
#include <langinfo.h>
#include <unistd.h>

#include "cli/operator/line_words.hpp"
#include "cli/output/table.hpp"

namespace giro::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kEntriesKept = 1'000;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::size_t kListedMax = 60;

volatile std::sig_atomic_t interrupted_line = 0;

// So that a read from the terminal ends with EINTR.
void note_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) { interrupted_line = 1; };
  sigaction(SIGINT, &action, nullptr);
}

// libedit takes characters by the locale's rules. Where the surroundings name none, text is UTF-8 all the same.
void take_utf8() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

}  // namespace

struct LineEditor::Parts {
  Parts(std::string history_file, Complete complete_words)
      : file(std::move(history_file)), complete(std::move(complete_words)) {}

  std::string file;
  Complete complete;
  std::string prompt;
  EditLine* editor = nullptr;
  History* history = nullptr;

  static Parts* of(EditLine* line_editor) {
    void* data = nullptr;
    el_get(line_editor, EL_CLIENTDATA, &data);
    return static_cast<Parts*>(data);
  }
  void load_history() const;
  void keep(const std::string& line) const;
  unsigned char press_tab();
  void list(const std::vector<Candidate>& candidates) const;
};

// What was typed long ago is left out, in the file too once that has grown.
void LineEditor::Parts::load_history() const {
  std::ifstream in(file);
  std::vector<std::string> lines;
  std::size_t bytes = 0;
  for (std::string line; std::getline(in, line);) {
    bytes += line.size() + 1;
    lines.push_back(std::move(line));
  }
  if (lines.size() > kEntriesKept) lines.erase(lines.begin(), lines.end() - kEntriesKept);
  HistEvent event{};
  for (const std::string& line : lines) ::history(history, &event, H_ENTER, line.c_str());
  if (bytes <= kFileBytesMax) return;
  const std::string fresh = file + ".new";
  fs::remove(fresh);
  const int out = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (out < 0) return;
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  const bool whole = write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(out);
  if (whole) std::rename(fresh.c_str(), file.c_str());
}

// A line that begins with a blank isn't kept, as in shells.
void LineEditor::Parts::keep(const std::string& line) const {
  if (line.empty() || line.starts_with(' ')) return;
  HistEvent event{};
  ::history(history, &event, H_ENTER, line.c_str());
  if (file.empty()) return;
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (out < 0) return;
  const std::string text = line + "\n";
  // History is a comfort: where it can't be written, work goes on.
  if (write(out, text.data(), text.size()) < 0) errno = 0;
  close(out);
}

unsigned char LineEditor::Parts::press_tab() {
  const LineInfo* info = el_line(editor);
  const std::string_view line(info->buffer, static_cast<std::size_t>(info->cursor - info->buffer));
  LineWords before = split_line(line);
  if (before.last_begin == line.size()) before.words.emplace_back();
  const std::string typed = before.words.back();
  WordCompletion found = complete(before.words);
  if (found.paths != WordCompletion::Paths::none) {
    found.candidates = paths_beginning_with(typed, found.paths == WordCompletion::Paths::folders);
  }
  if (found.candidates.empty()) return CC_REFRESH_BEEP;
  const std::string longer = common_beginning(found.candidates);
  const bool only = found.candidates.size() == 1;
  if (longer == typed && !only) {
    list(found.candidates);
    return CC_REDISPLAY;
  }
  el_deletestr(editor, static_cast<int>(line.size() - before.last_begin));
  const bool ends = only && found.candidates.front().whole;
  return el_insertstr(editor, (quoted_word(longer) + (ends ? " " : "")).c_str()) == 0 ? CC_REFRESH
                                                                                      : CC_ERROR;
}

void LineEditor::Parts::list(const std::vector<Candidate>& candidates) const {
  Table table({{"", Align::left}, {"", Align::left}});
  const std::size_t count = std::min(candidates.size(), kListedMax);
  for (std::size_t i = 0; i < count; ++i) {
    table.add({candidates[i].text, Cell(candidates[i].description, Style::faint)});
  }
  std::string text = table.render(false);
  text.erase(0, text.find('\n') + 1);  // The headers are empty.
  if (count < candidates.size()) text += "...\n";
  std::fputs(("\n" + text).c_str(), stdout);
  std::fflush(stdout);
}

LineEditor::LineEditor(std::string history_file, Complete complete)
    : parts_(std::make_unique<Parts>(std::move(history_file), std::move(complete))) {
  take_utf8();
  parts_->history = history_init();
  HistEvent event{};
  history(parts_->history, &event, H_SETSIZE, kEntriesKept);
  history(parts_->history, &event, H_SETUNIQUE, 1);
  if (!parts_->file.empty()) parts_->load_history();
  parts_->editor = el_init("giro", stdin, stdout, stderr);
  EditLine* editor = parts_->editor;
  el_set(editor, EL_CLIENTDATA, parts_.get());
  el_set(editor, EL_PROMPT, +[](EditLine* of) { return Parts::of(of)->prompt.data(); });
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, history, parts_->history);
  el_set(
      editor, EL_ADDFN, "giro-complete", "Completes a word",
      +[](EditLine* of, int /*key*/) { return Parts::of(of)->press_tab(); });
  el_set(editor, EL_BIND, "^I", "giro-complete", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(editor, nullptr);  // The user's own ~/.editrc.
  note_interrupt();
}

LineEditor::~LineEditor() {
  el_end(parts_->editor);
  history_end(parts_->history);
}

std::optional<LineEditor::Line> LineEditor::read(const std::string& prompt) {
  parts_->prompt = prompt;
  interrupted_line = 0;
  el_resize(parts_->editor);
  int count = 0;
  errno = 0;
  const char* typed = el_gets(parts_->editor, &count);
  if (interrupted_line != 0) {
    el_reset(parts_->editor);
    std::fputs("^C\n", stdout);
    return Line{.aborted = true};
  }
  if (typed == nullptr || count <= 0) {
    std::fputs("\n", stdout);
    return std::nullopt;
  }
  std::string text(typed, static_cast<std::size_t>(count));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  parts_->keep(text);
  return Line{.text = std::move(text)};
}

std::string common_beginning(const std::vector<Candidate>& candidates) {
  if (candidates.empty()) return {};
  std::string_view common = candidates.front().text;
  for (const Candidate& candidate : candidates) {
    const auto end = std::ranges::mismatch(common, candidate.text).in1;
    common = common.substr(0, static_cast<std::size_t>(end - common.begin()));
  }
  // Whole characters only.
  while (!common.empty() && common.size() < candidates.front().text.size() &&
         (static_cast<unsigned char>(candidates.front().text[common.size()]) & 0xc0) == 0x80) {
    common.remove_suffix(1);
  }
  return std::string(common);
}

std::vector<Candidate> paths_beginning_with(const std::string& typed, bool folders_only) {
  const std::size_t slash = typed.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : typed.substr(0, slash + 1);
  const std::string begin = typed.substr(folder.size());
  std::vector<Candidate> found;
  std::error_code error;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(folder.empty() ? "." : folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || (begin.empty() && name.starts_with('.'))) continue;
    const bool is_folder = entry.is_directory(error);
    if (folders_only && !is_folder) continue;
    found.push_back({.text = folder + name + (is_folder ? "/" : ""), .whole = !is_folder});
  }
  std::ranges::sort(found, {}, &Candidate::text);
  return found;
}

}  // namespace giro::cli
