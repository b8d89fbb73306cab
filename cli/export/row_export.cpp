#include "cli/export/row_export.hpp"

#include "cli/output/csv.hpp"
#include "cli/output/fields.hpp"
#include "cli/output/output.hpp"

namespace giro::cli {
namespace {

namespace json = boost::json;

constexpr const char* kCsvHeading =
    "seq,leg,at,effective_date,type,key,from,to,amount,currency,reference,description,code,"
    "metadata\n";

std::string csv_text(const json::object& entry, const char* name) {
  return csv_field(shown_field(entry, name));
}

}  // namespace

Result<void> export_csv(Session& session, const Snapshot& snapshot) {
  print(kCsvHeading);
  return for_each_entry(session, snapshot, [&](const json::object& entry) -> Result<void> {
    for (const Movement& movement : movements_of(entry)) {
      const auto scale = session.scale_of(movement.currency);
      if (!scale) return std::unexpected(scale.error());
      std::string row = shown_field(entry, "seq") + "," + std::to_string(movement.leg);
      for (const std::string& text :
           {text_field(entry, "at"), day_of(entry), text_field(entry, "type"),
            csv_text(entry, "key"), csv_field(movement.from), csv_field(movement.to),
            format_decimal(movement.amount, *scale), movement.currency,
            csv_text(entry, "reference"), csv_text(entry, "description"),
            csv_text(entry, "payment_code"), csv_text(entry, "metadata")}) {
        row += "," + text;
      }
      print(row + "\n");
    }
    return {};
  });
}

Result<void> export_ndjson(Session& session, const Snapshot& snapshot) {
  return for_each_entry(session, snapshot, [](const json::object& entry) {
    if (!movements_of(entry).empty()) print(json_line(entry));
    return Result<void>();
  });
}

}  // namespace giro::cli
