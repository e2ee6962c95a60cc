<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">
<title><!--{$tpl_title|h}--></title>
</head>
<body>
<!--{include file=$tpl_mainpage}-->
</body>
</html>
