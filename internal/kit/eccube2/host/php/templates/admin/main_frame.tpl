<!DOCTYPE html>
<html lang="ja">
<head><meta charset="UTF-8" /><title><!--{$tpl_title|h}--></title></head>
<body class="admin">
<!--{include file=$tpl_mainpage}-->
</body>
</html>
