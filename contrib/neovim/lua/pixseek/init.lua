-- What the commands of plugin/pixseek.lua do.
local M = {}

-- The most results in the list.
M.top = 100

--- Runs pixseek, and puts its results into the quickfix list.
local function list(title, arguments)
  local lines = vim.fn.systemlist(vim.list_extend({ "pixseek" }, arguments))
  local entries = {}
  for _, line in ipairs(lines) do
    local ok, found = pcall(vim.json.decode, line)
    if ok and type(found) == "table" and found.path then
      local score = type(found.score) == "number" and string.format("%.3f", found.score) or ""
      table.insert(entries, { filename = found.path, lnum = 1, text = score })
    end
  end
  if #entries == 0 then
    vim.notify("pixseek: " .. (lines[#lines] or "nothing found"), vim.log.levels.WARN)
    return entries
  end
  vim.fn.setqflist({}, " ", { title = "pixseek: " .. title, items = entries })
  vim.cmd("copen")
  return entries
end

function M.search(query)
  return list(query, { "search", "-C", vim.fn.getcwd(), "-n", tostring(M.top), "--json", "--", query })
end

function M.similar(path)
  return list("like " .. vim.fn.fnamemodify(path, ":t"), { "similar", path, "-n", tostring(M.top), "--json" })
end

function M.browse()
  local chosen = vim.fn.tempname()
  vim.cmd("tabnew")
  vim.fn.termopen({ "sh", "-c", 'pixseek > "$1"', "sh", chosen }, {
    on_exit = function()
      vim.cmd("tabclose")
      for _, path in ipairs(vim.fn.filereadable(chosen) == 1 and vim.fn.readfile(chosen) or {}) do
        vim.cmd("edit " .. vim.fn.fnameescape(path))
      end
    end,
  })
  vim.cmd("startinsert")
end

return M
