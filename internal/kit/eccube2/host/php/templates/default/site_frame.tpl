<!DOCTYPE html>
<html lang="ja">
<head>
<meta charset="UTF-8" />
<meta name="viewport" content="width=device-width" />
<title><!--{$arrSiteInfo.shop_name|h}--> / <!--{$tpl_title|h}--></title>
</head>
<body>
<header id="header"><p><!--{$arrSiteInfo.shop_name|h}--></p></header>
<main id="main_column">
<!--{include file=$tpl_mainpage}-->
</main>
</body>
</html>
