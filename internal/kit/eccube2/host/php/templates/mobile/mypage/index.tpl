<h1>MYページ</h1><p id="welcome"><!--{$CustomerName1|h}-->様</p>
