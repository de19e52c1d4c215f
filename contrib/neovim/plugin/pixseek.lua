-- :Pixseek QUERY        pictures of the current folder by what is in them, in the quickfix list
-- :PixseekSimilar [FILE]  what looks like FILE, or like the file of this buffer
-- :PixseekBrowse        the browser in a terminal; what is chosen is opened
--
-- Add this folder to 'runtimepath' (any plug-in manager does). Tried: Neovim 0.7.
local pixseek = require("pixseek")

vim.api.nvim_create_user_command("Pixseek", function(command)
  pixseek.search(command.args)
end, { nargs = "+", desc = "Search pictures by what is in them" })
vim.api.nvim_create_user_command("PixseekSimilar", function(command)
  pixseek.similar(command.args ~= "" and command.args or vim.api.nvim_buf_get_name(0))
end, { nargs = "?", complete = "file", desc = "Show pictures that look like one" })
vim.api.nvim_create_user_command("PixseekBrowse", function()
  pixseek.browse()
end, { desc = "Browse pictures" })
