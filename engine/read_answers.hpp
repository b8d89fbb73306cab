// What is found in the journal for a question. Thread: a reading thread.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/read_work.hpp"
#include "ledger/store/history/reader.hpp"

namespace giro {

// To a question that a stop broke off, or left waiting.
[[nodiscard]] Refusal stopping();
// Throws what the reader throws.
[[nodiscard]] ReadResult answer_question(store::Reader& reader,
                                         const std::filesystem::path& ledger_file,
                                         const ReadJob& job,
                                         const std::function<bool()>& cancelled);

}  // namespace giro
