# Puts what GIRO says of its options and commands into the page IN, and writes OUT.
foreach(part OPTIONS COMMANDS)
  string(TOLOWER ${part} which)
  execute_process(COMMAND ${GIRO} __manual ${which} OUTPUT_VARIABLE ${part} OUTPUT_STRIP_TRAILING_WHITESPACE
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
configure_file(${IN} ${OUT} @ONLY)
