--- Search pictures by what is in them, and show the results as yazi's list.
---
--- Put this folder into ~/.config/yazi/plugins/, and into keymap.toml:
---
---     [[mgr.prepend_keymap]]
---     on = ["g", "s"]
---     run = "plugin pixseek"
---     desc = "Search pictures by what is in them"
---
---     [[mgr.prepend_keymap]]
---     on = ["g", "l"]
---     run = "plugin pixseek similar"
---     desc = "More like this picture"
---
--- `esc` leaves the results.

-- The most results in the list.
local TOP = "200"

local state = ya.sync(function()
	local hovered = cx.active.current.hovered
	return cx.active.current.cwd, hovered and tostring(hovered.url)
end)

local function fail(words)
	ya.notify { title = "pixseek", content = words, timeout = 8, level = "error" }
end

--- Runs pixseek and shows the paths that it prints.
local function show(cwd, title, arguments)
	local output, err = Command("pixseek"):cwd(tostring(cwd)):arg(arguments):output()
	if not output then
		return fail("pixseek can't be started: " .. tostring(err))
	end
	if output.stdout == "" then
		return fail(output.stderr ~= "" and output.stderr or "nothing found")
	end
	local id = ya.id("ft")
	local list = cwd:into_search(title)
	ya.emit("cd", { Url(list) })
	-- The best stays first.
	ya.emit("sort", { "none" })
	ya.emit("update_files", { op = fs.op("part", { id = id, url = Url(list), files = {} }) })
	local files = {}
	-- Paths end with NUL, since a name may hold a line break.
	for path in output.stdout:gmatch("([^%z]+)") do
		local prefix = tostring(cwd) .. "/"
		if path:sub(1, #prefix) == prefix then
			local url = list:join(path:sub(#prefix + 1))
			local cha = fs.cha(url, true)
			if cha then
				files[#files + 1] = File { url = url, cha = cha }
			end
		end
	end
	ya.emit("update_files", { op = fs.op("part", { id = id, url = Url(list), files = files }) })
	ya.emit("update_files", { op = fs.op("done", { id = id, url = list, cha = Cha { mode = tonumber("40755", 8) } }) })
end

local function entry(_, job)
	local cwd, hovered = state()
	if job.args[1] == "similar" then
		if not hovered then
			return fail("there is no picture under the cursor")
		end
		return show(cwd, "like " .. hovered:match("[^/]+$"), { "similar", hovered, "-C", tostring(cwd), "-n", TOP, "-0" })
	end
	local query, event = ya.input { title = "pixseek:", pos = { "top-center", y = 3, w = 50 } }
	if event ~= 1 or not query or query == "" then
		return
	end
	show(cwd, query, { "search", "-C", tostring(cwd), "-n", TOP, "-0", "--", query })
end

return { entry = entry }
