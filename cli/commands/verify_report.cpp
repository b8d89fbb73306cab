#include "cli/commands/verify_report.hpp"

#include <utility>

#include "cli/output/fields.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

std::string checkpoints_text(const json::array& checkpoints, const Look& look) {
  Table table({{"SEQ", Align::right}, {"CHECKPOINT"}, {"SIGNATURE"}, {"LEDGER"}});
  for (const json::value& element : checkpoints) {
    const json::object& checkpoint = element.as_object();
    const bool is_checked = !checkpoint.at("signed").is_null();
    const bool is_good = true_field(checkpoint, "signed");
    const Cell signature = !is_checked ? Cell("not checked")
                           : is_good   ? Cell("good", Style::good)
                                       : Cell("NOT THIS KEY'S", Style::bad);
    const bool agrees = true_field(checkpoint, "ok");
    const Cell ledger =
        agrees ? Cell("extends it", Style::good) : Cell(text_field(checkpoint, "what"), Style::bad);
    table.add({shown_field(checkpoint, "seq"), text_field(checkpoint, "name"), signature, ledger});
  }
  return table.render(look);
}

std::string advice_on_checkpoints(const json::object& result) {
  std::string advice;
  for (const json::value& element : array_field(result, "checkpoints")) {
    const json::object& checkpoint = element.as_object();
    if (true_field(checkpoint, "ok")) continue;
    advice += text_field(checkpoint, "file") + ": " + text_field(checkpoint, "what") + ". " +
              text_field(checkpoint, "advice") + "\n";
  }
  return advice;
}

}  // namespace

json::object report_json(const store::VerifyReport& report) {
  json::array problems;
  for (const store::Problem& problem : report.problems) {
    const std::string_view part = store::name(problem.part);
    problems.push_back({{"seq", problem.seq},
                        {"part", json::string_view(part.data(), part.size())},
                        {"what", problem.what}});
  }
  json::object made{{"ok", report.ok()},
                    {"entries", report.entries},
                    {"accounts", report.accounts},
                    {"head_seq", report.head_seq},
                    {"head_digest", report.head_digest},
                    {"problems", std::move(problems)}};
  if (!report.notes.empty()) made["notes"] = json::value_from(report.notes);
  return made;
}

std::string report_text(const json::object& result, const Look& look) {
  const bool whole = array_field(result, "problems").empty();
  Details details;
  details.add("ledger", whole ? Cell("whole", Style::good) : Cell("DAMAGED", Style::bad));
  for (const char* name : {"entries", "accounts", "head_seq", "head_digest"}) {
    details.add(name, shown_field(result, name));
  }
  std::string out = details.render(look);
  if (!whole) {
    Table problems({{"SEQ", Align::right}, {"PROBLEM"}});
    for (const json::value& element : array_field(result, "problems")) {
      if (!element.is_object()) continue;
      const json::object& problem = element.get_object();
      problems.add({shown_field(problem, "seq"), Cell(text_field(problem, "what"), Style::bad)});
    }
    out += "\n" + problems.render(look);
  }
  const json::array& checkpoints = array_field(result, "checkpoints");
  if (!checkpoints.empty()) out += "\n" + checkpoints_text(checkpoints, look);
  return out;
}

std::string advice_on(const json::object& result) {
  bool journal = false;
  for (const json::value& problem : array_field(result, "problems")) {
    journal = journal || text_field(problem.as_object(), "part") == "journal";
  }
  if (journal) {
    return "Nothing shows that the journal is all that was committed, and nothing can make it "
           "anew. "
           "Stop payments and keep a copy of the folder. A backup in its place lacks what was "
           "decided after it, and clients must send that again.\n" +
           advice_on_checkpoints(result);
  }
  if (!array_field(result, "problems").empty()) {
    return "The journal is whole: no payment is lost. What is damaged beside it can be made anew "
           "from it: the keys by girod itself, all of it by `giro backup FILE` of the stopped "
           "ledger and `giro restore FILE --data NEW`. Keep a copy of the folder first.\n" +
           advice_on_checkpoints(result);
  }
  return advice_on_checkpoints(result);
}

}  // namespace giro::cli
