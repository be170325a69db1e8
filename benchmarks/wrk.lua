-- Requests as a file lists them: the method, then a target on each line; WRK_TOKEN goes into the header WRK_HEADER.
-- At the end one line of JSON, which benchmarks/generator.py reads.
local requests, next_one = {}, 0

function init(args)
  local made = {}
  local headers = { [os.getenv("WRK_HEADER")] = os.getenv("WRK_TOKEN") }
  local method = nil
  for line in io.lines(args[1]) do
    if method == nil then
      method = line
    else
      made[line] = made[line] or wrk.format(method, line, headers)
      requests[#requests + 1] = made[line]
    end
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency)
  local errors = summary.errors
  local percentiles = {}
  for share = 0, 999 do
    percentiles[#percentiles + 1] = string.format("%.0f", latency:percentile(share / 10))
  end
  io.write(string.format(
    '\n{"requests": %d, "microseconds": %d, "errors": %d, "percentiles": [%s]}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, table.concat(percentiles, ",")
  ))
end
