<div id="mypagecolumn">
<h2 class="title"><!--{$tpl_title|h}--></h2>
<form name="member_form" id="member_form" method="post" action="?">
<input type="hidden" name="transactionid" value="<!--{$transactionid|h}-->" />
<input type="hidden" name="mode" value="login" />
<div class="login_area">
<h3>会員登録がお済みのお客様</h3>
<!--{if $tpl_valid_phone_id}--><p>パスワードを入力してください。</p><!--{else}-->
<p><label>メールアドレス <input type="text" name="login_email" value="<!--{$tpl_login_email|h}-->" /></label></p><!--{/if}-->
<p><label>パスワード <input type="password" name="login_pass" /></label></p>
<p><button>ログイン</button></p>
<p><a href="/forgot/index.php">パスワードを忘れた方</a></p>
</div>
</form>
</div>
